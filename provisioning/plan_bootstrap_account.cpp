#include "provisioning/plan_bootstrap_account.h"

#include <algorithm>
#include <utility>

#include "provisioning/model/objects.h"
#include "provisioning/octets.h"
#include "provisioning/server_uri.h"
#include "provisioning/template.h"

namespace provisioning {
namespace {

using model::InstanceId;
using Ids = Holdings::Ids;
using Impossible = std::optional<std::string>;
using Keys = BootstrapAccount::Keys;
using Way = BootstrapAccount::Way;
namespace security = model::security;
constexpr model::ObjectId security_object = model::object::security;

class AccountPlan {
  public:
    AccountPlan(const Profile& profile, const Device& device, const Told& told,
                const Holdings& after, wire::Random& random, std::vector<Operation>& into)
        : profile_(profile),
          account_(profile.account),
          device_(device),
          told_(told),
          after_(after),
          random_(random),
          into_(into) {
        if (told.issued != nullptr) written_at_ = told.issued->written_at;
        find_accounts();
    }

    Impossible add() {
        add_purge();
        switch (account_.keys) {
            case Keys::keep:
                if (!account_.hands_over) return std::nullopt;
                return write_resource(security::server_uri, model::Single(account_.uri));
            case Keys::expire:
                return write_resource(security::account_timeout, model::Single(account_.timeout));
            case Keys::replace:
                return account_.hands_over ? hand_over() : replace();
        }
        return std::nullopt;
    }

  private:
    // Those that the device names; else those that its Discover shows without a Short Server ID.
    void find_accounts() {
        if (told_.account != nullptr)
            for (const model::Path& path : *told_.account)
                if (path.object() == security_object && path.instance())
                    accounts_.insert(*path.instance());
        if (accounts_.empty()) accounts_ = after_.account(security_object);
        if (written_at_ && after_.may_be_account(security_object, *written_at_))
            accounts_.insert(*written_at_);
        if (told_.issued == nullptr) return;
        Ids others = accounts_;
        for (const InstanceId id : told_.issued->to_purge) others.erase(id);
        // It may be the one in use: then what was recorded is of a device of before.
        if (others.empty()) return;
        for (const InstanceId id : told_.issued->to_purge)
            if (is_shown(id) && id != written_at_) {
                accounts_.erase(id);
                purge_.insert(id);
            }
    }

    // By Discover, without a Short Server ID.
    bool is_shown(InstanceId id) const {
        return told_.discovered != nullptr && after_.may_be_account(security_object, id) &&
               std::ranges::any_of(told_.discovered->links, [&](const auto& link) {
                   return link.path.object() == security_object && link.path.instance() == id;
               });
    }

    // Whether no LwM2M Server's instance can be among those without a Short Server ID: the device
    // shows whose the others are, or they are all deleted by then.
    bool are_accounts() const {
        if (told_.discovered == nullptr) return false;
        return std::ranges::any_of(
                   told_.discovered->links,
                   [&](const auto& link) {
                       return link.path.object() == security_object && link.path.instance() &&
                              after_.told_of_a_server(security_object, *link.path.instance());
                   }) ||
               std::ranges::any_of(into_, [](const Operation& operation) {
                   return operation.kind == OperationKind::delete_ && operation.path.is_root();
               });
    }

    void add_purge() {
        for (const InstanceId id : purge_) delete_first(id);
    }

    std::string not_known() const {
        if (accounts_.empty())
            return "which Security Instance is the device's Bootstrap-Server account is not known "
                   "(neither Discover nor the request's \"acc\" tells), so " +
                   account_.pointer + " cannot be carried out";
        std::string list;
        for (const InstanceId id : accounts_)
            list += (list.empty() ? "" : ", ") + model::Path(security_object, id).to_string();
        return "each of " + list + " may be the device's Bootstrap-Server account, so " +
               account_.pointer +
               " cannot be carried out; delete the one that is not, on the device";
    }

    Impossible write_resource(model::ResourceId resource, model::Single value) {
        if (accounts_.size() != 1) return not_known();
        Operation& write = into_.emplace_back();
        write.kind = OperationKind::write;
        write.path = model::Path(security_object, *accounts_.begin(), resource);
        write.content = model::Value(std::move(value));
        return std::nullopt;
    }

    Impossible replace() {
        if (told_.issued == nullptr)
            return "a new key for the device's Bootstrap-Server account is not made yet; a session "
                   "makes it before it writes anything";
        const auto& fresh = told_.issued->replacement;
        if (!fresh) return resume();
        if (account_.uri.empty())
            return "what devices know this server by is not known; write \"publicUri\" into the "
                   "settings' \"listen\"";
        if (account_.way == Way::in_place) return write_in_place(*fresh);
        return write_anew(*fresh);
    }

    // The new credential is in use already, and nothing is to be written.
    Impossible resume() {
        if (account_.way == Way::new_instance && is_written()) delete_the_others_first();
        return std::nullopt;
    }

    // By an earlier session, and both are there.
    bool is_written() const {
        return told_.discovered != nullptr && accounts_.size() == 2 && written_at_ &&
               accounts_.contains(*written_at_);
    }

    Impossible write_in_place(const PskCredential& credential) {
        if (accounts_.size() != 1) return not_known();
        return write_account(*accounts_.begin(), credential);
    }

    Impossible write_anew(const PskCredential& credential) {
        // Written before, and the old one not deleted yet: nothing is written twice.
        if (is_written()) {
            delete_the_others_first();
            return std::nullopt;
        }
        // So it was where the daemon ended before it could record where. Whichever was the new one,
        // what is written to it now is the same.
        if (accounts_.size() == 2 && are_accounts()) {
            const InstanceId last = *accounts_.rbegin();
            if (auto reason = write_account(last, credential)) return reason;
            add_purge_of_the_others(last);
            return std::nullopt;
        }
        if (accounts_.size() != 1) return not_known();
        const auto id = free_id();
        if (!id) return "no id is known to be free for a new Bootstrap-Server account";
        if (auto reason = write_account(*id, credential)) return reason;
        add_purge_of_the_others(*id);
        return std::nullopt;
    }

    Impossible hand_over() {
        auto credential = other_credential();
        if (const auto* reason = std::get_if<std::string>(&credential)) return *reason;
        const auto& known = std::get<PskCredential>(credential);
        if (account_.way == Way::in_place) return write_in_place(known);
        // The old one is the other server's to purge, once the device has come to it.
        if (accounts_.size() == 2 && written_at_ && accounts_.contains(*written_at_)) {
            add_discover(*written_at_);
            return std::nullopt;
        }
        if (accounts_.size() != 1) return not_known();
        const auto id = free_id();
        if (!id) return "no id is known to be free for a new Bootstrap-Server account";
        if (auto reason = write_account(*id, known)) return reason;
        add_discover(*id);
        return std::nullopt;
    }

    std::variant<PskCredential, std::string> other_credential() {
        PskCredential credential;
        const Template by_endpoint{"text:${endpoint}", false, Template::Kind::octets};
        auto identity =
            expand(account_.identity.value_or(by_endpoint), device_, random_, told_.issued);
        if (const auto* error = std::get_if<TemplateError>(&identity))
            return account_.pointer + "/identity: " + error->message + "; " + error->remedy;
        if (!account_.key) return account_.pointer + "/key is missing";
        auto key = expand(*account_.key, device_, random_, told_.issued);
        if (const auto* error = std::get_if<TemplateError>(&key))
            return account_.pointer + "/key: " + error->message + "; " + error->remedy;
        if (auto* octets = std::get_if<model::Opaque>(&std::get<model::Single>(identity)))
            credential.identity = std::move(octets->octets);
        if (auto* secret = std::get_if<model::Secret>(&std::get<model::Single>(key)))
            credential.key = std::move(*secret);
        return credential;
    }

    std::optional<InstanceId> free_id() const {
        if (!after_.knows(security_object)) return std::nullopt;
        Ids taken = after_.taken(security_object);
        taken.insert(accounts_.begin(), accounts_.end());
        if (written_at_ && !taken.contains(*written_at_)) return written_at_;
        constexpr unsigned highest = 65534;  // 65535 is reserved, LwM2M Core §7.1
        for (unsigned id = 0; id <= highest; ++id)
            if (!taken.contains(static_cast<InstanceId>(id))) return static_cast<InstanceId>(id);
        return std::nullopt;
    }

    // Whole: some devices merge what is written into an instance, some replace it.
    Impossible write_account(InstanceId id, const PskCredential& credential) {
        const auto& [identity, key] = credential;
        if (identity.empty() || identity.size() > max_psk_identity)
            return account_.pointer +
                   "/identity is no PSK identity for this device; it has 1 to "
                   "128 octets";
        if (key.empty() || key.size() > max_psk_key)
            return account_.pointer + "/key is no PSK key for this device; it has 1 to 64 octets";
        if (const auto error = check_server_uri(account_.uri, security::Mode::psk))
            return "the URI of the Bootstrap-Server " + std::string(message(*error)) + "; " +
                   std::string(remedy(*error));
        model::Resources resources;
        const auto set = [&](model::ResourceId resource, model::Single value) {
            resources.emplace(resource, model::Value(std::move(value)));
        };
        set(security::server_uri, account_.uri);
        set(security::bootstrap_server, true);
        set(security::security_mode, static_cast<std::int64_t>(security::Mode::psk));
        set(security::public_key_or_identity, model::Opaque{identity});
        // Unused, but mandatory in the eyes of older devices (appendix E.1).
        if (profile_.enabler != EnablerVersion::v1_2)
            set(security::server_public_key, model::Opaque());
        set(security::secret_key, key);
        Operation& write = into_.emplace_back();
        write.kind = OperationKind::write;
        write.path = model::Path(security_object, id);
        write.content = std::move(resources);
        return std::nullopt;
    }

    void add_discover(InstanceId expected) {
        Operation& discover = into_.emplace_back();
        discover.kind = OperationKind::discover;
        // Leshan's client answers the root alone, others Objects alone: as it answered before.
        const bool knows_root =
            told_.discovered != nullptr &&
            std::ranges::any_of(told_.discovered->covers,
                                [](const model::Path& path) { return path.is_root(); });
        discover.path = knows_root ? model::Path() : model::Path(security_object);
        discover.expects = model::Path(security_object, expected);
    }

    void add_delete(InstanceId id) {
        Operation& remove = into_.emplace_back();
        remove.kind = OperationKind::delete_;
        remove.path = model::Path(security_object, id);
    }

    // Before everything else: the device has just shown both, and a Delete of "/" leaves one
    // account alone on some (Leshan's client), whichever that is.
    void delete_first(InstanceId id) {
        Operation remove;
        remove.kind = OperationKind::delete_;
        remove.path = model::Path(security_object, id);
        into_.insert(into_.begin(), std::move(remove));
    }

    void delete_the_others_first() {
        for (const InstanceId id : accounts_)
            if (id != written_at_) delete_first(id);
    }

    void add_purge_of_the_others(InstanceId stays) {
        add_discover(stays);
        for (const InstanceId id : accounts_)
            if (id != stays) add_delete(id);
    }

    const Profile& profile_;
    const BootstrapAccount& account_;
    const Device& device_;
    const Told& told_;
    const Holdings& after_;
    wire::Random& random_;
    std::vector<Operation>& into_;
    std::optional<InstanceId> written_at_;
    Ids accounts_;  // instances that are this server's account
    Ids purge_;
};

}  // namespace

std::optional<std::string> add_account_operations(const Profile& profile, const Device& device,
                                                  const Told& told, const Holdings& after,
                                                  wire::Random& random,
                                                  std::vector<Operation>& into) {
    return AccountPlan(profile, device, told, after, random, into).add();
}

}  // namespace provisioning
