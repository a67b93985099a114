#include "server/daemon_key_shares.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "provisioning/model/objects.h"
#include "provisioning/octets.h"
#include "provisioning/template.h"

namespace bootstrapd {
namespace {

using provisioning::Device;
using provisioning::GeneratedSecret;
using provisioning::Issued;
using provisioning::PlannedInstance;
using provisioning::Profile;
using provisioning::Template;

// A Resource of a Security Instance with its value for one device.
class Values {
  public:
    Values(const PlannedInstance& instance, const Device& device, const Issued& issued,
           wire::Random& random)
        : instance_(instance), device_(device), issued_(issued), random_(random) {}

    // Nothing: there is none, or it cannot be had.
    std::optional<model::Single> of(model::ResourceId resource) const {
        const auto found = instance_.resources.find(resource);
        if (found == instance_.resources.end()) return std::nullopt;
        const auto* const single = std::get_if<provisioning::TemplateSingle>(&found->second);
        if (single == nullptr) return std::nullopt;
        if (const auto* known = std::get_if<model::Single>(single)) return *known;
        const auto* const text = std::get_if<Template>(single);
        if (text == nullptr) return std::nullopt;
        auto expanded = provisioning::expand(*text, device_, random_, &issued_);
        if (auto* value = std::get_if<model::Single>(&expanded)) return std::move(*value);
        return std::nullopt;
    }
    // Another value each time it is expanded.
    bool is_random(model::ResourceId resource) const {
        const auto found = instance_.resources.find(resource);
        if (found == instance_.resources.end()) return false;
        const auto* const single = std::get_if<provisioning::TemplateSingle>(&found->second);
        const auto* const text = single ? std::get_if<Template>(single) : nullptr;
        if (text == nullptr) return false;
        const auto parts = provisioning::parse_template(text->text);
        const auto* const all = std::get_if<std::vector<provisioning::TemplatePart>>(&parts);
        return all != nullptr &&
               std::any_of(all->begin(), all->end(), [](const provisioning::TemplatePart& part) {
                   return part.kind == provisioning::TemplatePart::Kind::random;
               });
    }

  private:
    const PlannedInstance& instance_;
    const Device& device_;
    const Issued& issued_;
    wire::Random& random_;
};

std::string text_of(const model::Single& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* opaque = std::get_if<model::Opaque>(&value))
        return provisioning::identity_text(opaque->octets);
    return {};
}

std::optional<model::Secret> secret_of(const model::Single& value) {
    if (const auto* secret = std::get_if<model::Secret>(&value)) return *secret;
    if (const auto* opaque = std::get_if<model::Opaque>(&value))
        return model::Secret(wire::BytesView(opaque->octets));
    return std::nullopt;
}

// The Security Instance of the server; of a Bootstrap-Server there is none in a profile.
const PlannedInstance* account_of(const Profile& profile, std::int64_t short_server_id) {
    for (const PlannedInstance& instance : profile.instances) {
        if (instance.object != model::object::security) continue;
        const auto found = instance.resources.find(model::security::short_server_id);
        if (found == instance.resources.end()) continue;
        const auto* const single = std::get_if<provisioning::TemplateSingle>(&found->second);
        const auto* const known = single ? std::get_if<model::Single>(single) : nullptr;
        const auto* const id = known ? std::get_if<std::int64_t>(known) : nullptr;
        if (id != nullptr && *id == short_server_id) return &instance;
    }
    return nullptr;
}

bool is_told(const provisioning::KeyShare& share, const Issued& issued) {
    return std::all_of(share.secrets.begin(), share.secrets.end(), [&](const std::string& name) {
        const auto found = issued.secrets.find(name);
        return found != issued.secrets.end() && found->second.shared;
    });
}

// What a server of the profile is told; the text is why nothing can be.
std::optional<std::string> fill(outbound::SharedKey& key, const provisioning::KeyShare& share,
                                const Profile& profile, const Device& device, const Issued& issued,
                                wire::Random& random) {
    const std::string whose = "the server " + std::to_string(share.short_server_id);
    const PlannedInstance* const account = account_of(profile, share.short_server_id);
    if (account == nullptr) return "the profile has no account with " + whose;
    const Values values(*account, device, issued, random);
    if (const auto uri = values.of(model::security::server_uri)) key.uri = text_of(*uri);
    if (share.mode == "psk") {
        const auto public_part = values.of(model::security::public_key_or_identity);
        // What is told has to be what is written.
        if (values.is_random(model::security::public_key_or_identity))
            return "the identity at " + whose + " is another one each time: it cannot be told";
        const auto secret = values.of(model::security::secret_key);
        auto octets = secret ? secret_of(*secret) : std::nullopt;
        if (!public_part || !octets) return "the key for " + whose + " cannot be made";
        key.identity = text_of(*public_part);
        key.key = std::move(*octets);
        return std::nullopt;
    }
    if (share.secrets.size() != 1)
        return "it cannot be told which of several secrets is which of " + whose;
    const GeneratedSecret& secret = issued.secrets.at(share.secrets.front());
    if (secret.kind == provisioning::WantedSecret::Kind::key_pair)
        key.key = secret.public_key;
    else
        key.key = secret.octets;
    return std::nullopt;
}

// What the Bootstrap-Server is told that the device is handed over to: as the plan writes it.
std::optional<std::string> fill_for_other(outbound::SharedKey& key, const Profile& profile,
                                          const Device& device, const Issued& issued,
                                          wire::Random& random) {
    const provisioning::BootstrapAccount& account = profile.account;
    const Template by_endpoint{"text:${endpoint}", false, Template::Kind::octets};
    const auto value = [&](const Template& from) -> std::optional<model::Single> {
        auto expanded = provisioning::expand(from, device, random, &issued);
        if (auto* single = std::get_if<model::Single>(&expanded)) return std::move(*single);
        return std::nullopt;
    };
    const auto identity = value(account.identity.value_or(by_endpoint));
    const auto secret = account.key ? value(*account.key) : std::nullopt;
    auto octets = secret ? secret_of(*secret) : std::nullopt;
    if (!identity || !octets) return "the key for the other Bootstrap-Server cannot be made";
    key.uri = account.uri;
    key.identity = text_of(*identity);
    key.key = std::move(*octets);
    return std::nullopt;
}

}  // namespace

std::variant<std::vector<KeyShareMessage>, std::string> key_share_messages(
    const Profile& profile, const Device& device, const Issued& issued, const std::string& session,
    wire::Random& random) {
    std::vector<KeyShareMessage> messages;
    for (const provisioning::KeyShare& share : profile.wanted.shares) {
        for (const std::string& name : share.secrets)
            if (!issued.secrets.contains(name)) return "the secret " + name + " was not made";
        if (is_told(share, issued)) continue;
        KeyShareMessage message;
        message.target = share.target;
        message.secrets = share.secrets;
        message.key.id = session + ":" + std::to_string(share.short_server_id);
        message.key.endpoint = device.endpoint.text();
        message.key.short_server_id = share.short_server_id;
        message.key.uri = share.uri;
        message.key.mode = share.mode;
        auto why = share.short_server_id == 0
                       ? fill_for_other(message.key, profile, device, issued, random)
                       : fill(message.key, share, profile, device, issued, random);
        if (why) return std::move(*why);
        messages.push_back(std::move(message));
    }
    return messages;
}

}  // namespace bootstrapd
