#include "tests/flows/key_desk.h"

#include <algorithm>
#include <array>

namespace flows {
namespace {

provisioning::PskCredential fresh_credential(wire::Random& random) {
    std::array<std::uint8_t, 12> identity{};
    std::array<std::uint8_t, 16> key{};
    random.fill(identity);
    random.fill(key);
    const std::string text = wire::to_hex(identity);
    return {{text.begin(), text.end()}, model::Secret(wire::BytesView(key))};
}

}  // namespace

KeyDesk::KeyDesk(provisioning::Credentials own, std::optional<std::chrono::seconds> grace,
                 wire::Random& random)
    : own_(std::move(own)), grace_(grace), random_(random) {}

provisioning::Issued KeyDesk::issue(const std::string& session,
                                    const std::optional<provisioning::NewAccount>& account,
                                    WallTime now) {
    provisioning::Issued issued;
    if (const auto* current = keyring_.current(); current != nullptr && current->replaces) {
        issued.to_purge.push_back(*current->replaces);
    }
    if (!keyring_.is_replacement_due(own_)) return issued;
    ++(keyring_.pending() == nullptr ? counts_.issued : counts_.issued_again);
    keyring_.pend(own_, fresh_credential(random_), session, now);
    if (account) keyring_.goes_to(account->instance, account->replaces);
    const auto& pending = *keyring_.pending();
    issued.replacement = pending.psk;
    if (!pending.taken) return issued;
    issued.written_at = pending.instance;
    issued.replaces = pending.replaces;
    return issued;
}

void KeyDesk::session_ended(const std::string& session, const bootstrap::AccountReport& account,
                            WallTime when) {
    const bool is_of_the_pending = keyring_.pending() && keyring_.pending()->session == session;
    // Half of what was refused may be there: that is not where the key was written.
    if (is_of_the_pending && account.credential_taken && account.replaces) {
        keyring_.written_at(*account.credential_at, account.replaces);
    }
    for (const model::InstanceId old : account.purged) keyring_.purged(old);
    keyring_.session_ended(session, when);
}

void KeyDesk::proved(wire::BytesView identity, WallTime began, WallTime now) {
    switch (keyring_.prove(own_, identity, began, now, grace_)) {
        case Proved::nothing_new:
            break;
        case Proved::promoted:
            ++counts_.promoted;
            break;
        case Proved::returned:
            ++counts_.returned;
            break;
    }
}

void KeyDesk::restarted(WallTime now) {
    keyring_.interrupted(now);
}

bool KeyDesk::accepts(const provisioning::PskCredential& psk, WallTime now) const {
    const auto key = keyring_.key_of(own_, psk.identity, now);
    return key && key->equals(psk.key);
}

}  // namespace flows
