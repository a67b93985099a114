#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "provisioning/holdings.h"
#include "provisioning/model/objects.h"
#include "provisioning/plan.h"
#include "provisioning/server_uri.h"

namespace provisioning {
namespace {

using model::InstanceId;
using model::ObjectId;
using model::ResourceId;
using Instance = Holdings::Instance;
namespace object = model::object;
namespace security = model::security;

// What was written of an instance, by Resource; the Operations outlive it.
using Written = std::map<ResourceId, const model::Value*>;

std::string text_of(const Instance& instance) {
    return model::Path(instance.first, instance.second).to_string();
}
std::string text_of(const Instance& instance, ResourceId resource) {
    return model::Path(instance.first, instance.second, resource).to_string();
}

template <class T>
const T* single_of(const Written& written, ResourceId resource) {
    const auto found = written.find(resource);
    const auto* single =
        found != written.end() ? std::get_if<model::Single>(found->second) : nullptr;
    return single != nullptr ? std::get_if<T>(single) : nullptr;
}

bool is_empty(const Written& written, ResourceId resource) {
    if (const auto* octets = single_of<model::Opaque>(written, resource))
        return octets->octets.empty();
    if (const auto* secret = single_of<model::Secret>(written, resource)) return secret->empty();
    return false;
}

// "1", "1 and 7", "0, 1 and 7".
std::string list_of(const std::vector<ResourceId>& ids) {
    std::string text;
    for (std::size_t i = 0; i < ids.size(); ++i)
        text += (i == 0 ? "" : i + 1 == ids.size() ? " and " : ", ") + std::to_string(ids[i]);
    return text;
}

// The operations carried out in thought.
class Review {
  public:
    explicit Review(const model::Discovered* discovered) : holdings_(discovered, nullptr) {}

    void carry_out(const Operation& operation);
    std::vector<std::string> findings();

  private:
    void write(const Instance& instance, const model::Resources& resources);
    void write(const Instance& instance, ResourceId resource, const model::Value& value);
    void put(const Instance& instance);

    void review_security(const Instance& instance, const Written& written);
    void review_keys(const Instance& instance, const Written& written, security::Mode mode);
    void review_server(const Instance& instance, const Written& written);
    void review_links(const Instance& instance, const Written& written);
    void review_link(const Instance& from, ResourceId resource, const model::Single& single);
    void review_accounts();
    void review_other_half(ObjectId half, InstanceId id);

    // Those of the Resources that a new instance was written without.
    void review_missing(const Instance& instance, const Written& written,
                        std::initializer_list<ResourceId> wanted);
    void say(std::string finding) { findings_.push_back(std::move(finding)); }

    Holdings holdings_;
    std::map<Instance, Written> written_;
    std::set<Instance> confirmed_;  // that the plan has a Discover for
    std::set<Instance> new_;        // as far as it is known: written whole, and not there before
    std::vector<std::string> findings_;
};

void Review::carry_out(const Operation& operation) {
    switch (operation.kind) {
        case OperationKind::delete_:
            holdings_.remove(operation.path);
            std::erase_if(written_, [&](const auto& each) {
                return !holdings_.holds(each.first.first, each.first.second);
            });
            std::erase_if(new_, [&](const Instance& each) { return !written_.contains(each); });
            break;
        case OperationKind::write: {
            const ObjectId object = operation.path.object().value_or(0);
            const InstanceId id = operation.path.instance().value_or(0);
            if (const auto* resources = std::get_if<model::Resources>(&operation.content))
                write({object, id}, *resources);
            else if (const auto* value = std::get_if<model::Value>(&operation.content))
                write({object, id}, operation.path.resource().value_or(0), *value);
            else
                for (const auto& [each, its] : std::get<model::Instances>(operation.content))
                    write({object, each}, its);
            break;
        }
        case OperationKind::discover:
            if (operation.expects && operation.expects->instance())
                confirmed_.emplace(*operation.expects->object(), *operation.expects->instance());
            break;
        case OperationKind::read:
        case OperationKind::finish:
            break;
    }
}

void Review::write(const Instance& instance, const model::Resources& resources) {
    if (!holdings_.holds(instance.first, instance.second)) new_.insert(instance);
    Written& written = written_[instance];
    for (const auto& [resource, value] : resources) written[resource] = &value;
    put(instance);
}

void Review::write(const Instance& instance, ResourceId resource, const model::Value& value) {
    written_[instance][resource] = &value;
    // Whoever writes one Resource counts on the others.
    if (holdings_.knows(instance.first) && !holdings_.holds(instance.first, instance.second))
        new_.insert(instance);
    put(instance);
}

void Review::put(const Instance& instance) {
    const Written& written = written_[instance];
    const std::int64_t* server = nullptr;
    if (instance.first == object::security)
        server = single_of<std::int64_t>(written, security::short_server_id);
    if (instance.first == object::server)
        server = single_of<std::int64_t>(written, model::server::short_server_id);
    holdings_.put(instance.first, instance.second,
                  server != nullptr ? std::optional(*server) : std::nullopt);
}

void Review::review_missing(const Instance& instance, const Written& written,
                            std::initializer_list<ResourceId> wanted) {
    if (!new_.contains(instance)) return;
    std::vector<ResourceId> missing;
    for (const ResourceId resource : wanted)
        if (!written.contains(resource)) missing.push_back(resource);
    if (missing.empty()) return;
    say(text_of(instance) + " was written without its " +
        (missing.size() == 1 ? "Resource " : "Resources ") + list_of(missing) + ".");
}

void Review::review_security(const Instance& instance, const Written& written) {
    const auto* is_bootstrap = single_of<bool>(written, security::bootstrap_server);
    if (is_bootstrap != nullptr && *is_bootstrap) {
        // The device's own, written over or confirmed before the old one goes.
        if (!holdings_.may_be_account(instance.first, instance.second) &&
            !confirmed_.contains(instance))
            say(text_of(instance) + " was written as a second Bootstrap-Server account.");
        return;
    }
    review_missing(instance, written,
                   {security::server_uri, security::security_mode, security::short_server_id});
    const auto* number = single_of<std::int64_t>(written, security::security_mode);
    if (number == nullptr) return;
    const auto mode = static_cast<security::Mode>(*number);
    review_keys(instance, written, mode);
    const auto* uri = single_of<std::string>(written, security::server_uri);
    const auto error = uri != nullptr ? check_server_uri(*uri, mode) : std::nullopt;
    if (error)
        say(text_of(instance, security::server_uri) + " " + std::string(message(*error)) + ".");
}

void Review::review_keys(const Instance& instance, const Written& written, security::Mode mode) {
    std::vector<ResourceId> wanted;
    switch (mode) {
        case security::Mode::psk:
            wanted = {security::public_key_or_identity, security::secret_key};
            break;
        case security::Mode::raw_public_key:
        case security::Mode::certificate:
            wanted = {security::public_key_or_identity, security::server_public_key,
                      security::secret_key};
            break;
        case security::Mode::est:
            wanted = {security::server_public_key};
            break;
        case security::Mode::none:
            break;
    }
    for (const ResourceId resource : wanted)
        if (is_empty(written, resource) || (new_.contains(instance) && !written.contains(resource)))
            say(text_of(instance, resource) + " is " +
                (written.contains(resource) ? "empty" : "missing") +
                ", which the Security Mode in " + text_of(instance, security::security_mode) +
                " needs.");
}

void Review::review_server(const Instance& instance, const Written& written) {
    using namespace model::server;
    review_missing(instance, written, {short_server_id, lifetime, notification_storing, binding});
}

void Review::review_link(const Instance& from, ResourceId resource, const model::Single& single) {
    constexpr std::uint16_t none = 65535;
    const auto* link = std::get_if<model::ObjectLink>(&single);
    if (link == nullptr || link->object == none || link->instance == none) return;
    if (!holdings_.knows(link->object) || holdings_.holds(link->object, link->instance)) return;
    say(text_of(from, resource) + " links to " + text_of(Instance{link->object, link->instance}) +
        ", which the device does not hold.");
}

void Review::review_links(const Instance& instance, const Written& written) {
    for (const auto& [resource, value] : written) {
        if (const auto* single = std::get_if<model::Single>(value))
            review_link(instance, resource, *single);
        else
            for (const auto& [id, each] : std::get<model::Multiple>(*value))
                review_link(instance, resource, each);
    }
}

// An account has two halves with one Short Server ID, LwM2M Core appendix E.1; no client checks it.
void Review::review_other_half(ObjectId half, InstanceId id) {
    const auto server = holdings_.short_server_id(half, id);
    if (!server || holdings_.may_be_account(half, id)) return;
    const ObjectId other = half == object::security ? object::server : object::security;
    const auto others = holdings_.of_server(other, *server);
    const std::string name =
        other == object::server ? "Server Instance (/1)" : "Security Instance (/0)";
    const std::string account =
        text_of(Instance{half, id}) + " is for Short Server ID " + std::to_string(*server);
    if (others.empty() && holdings_.knows_servers(other))
        say(account + ", for which there is no " + name + ".");
    else if (others.empty() && holdings_.was_given(half, id))
        say(account + ", for which the plan writes no " + name + ".");
    const auto twins = holdings_.of_server(half, *server);
    if (twins.size() > 1 && *twins.begin() == id)
        say(account + ", and so is " + text_of(Instance{half, *std::next(twins.begin())}) + ".");
}

void Review::review_accounts() {
    if (holdings_.knows(object::server) && holdings_.of(object::server).empty())
        say("The device holds no Server Instance (/1), and so has no LwM2M Server.");
    for (const ObjectId half : {object::security, object::server})
        for (const InstanceId id : holdings_.of(half)) review_other_half(half, id);
}

std::vector<std::string> Review::findings() {
    for (const auto& [instance, written] : written_) {
        if (instance.first == object::security) review_security(instance, written);
        if (instance.first == object::server) review_server(instance, written);
        review_links(instance, written);
    }
    review_accounts();
    return std::move(findings_);
}

}  // namespace

std::vector<std::string> review(const std::vector<Operation>& operations,
                                const model::Discovered* discovered) {
    Review review(discovered);
    for (const Operation& operation : operations) review.carry_out(operation);
    return review.findings();
}

}  // namespace provisioning
