#include "server/bootstrap/dial_credentials.h"

#include <utility>

namespace bootstrap {

DialCredentials::DialCredentials(const provisioning::Credentials& record,
                                 const std::vector<provisioning::PskCredential>& account) {
    for (const provisioning::PskCredential& psk : account) {
        if (left_.size() < most - 1) left_.emplace_back(psk);
    }
    if (account.empty() && record.psk) left_.emplace_back(record.psk);
    if (has_public_key(record)) left_.emplace_back(std::nullopt);
}

bool DialCredentials::refused() {
    if (!left_.empty()) left_.pop_front();
    return !left_.empty();
}

void DialCredentials::unheard() {
    if (left_.size() < 2) return;
    left_.push_back(std::move(left_.front()));
    left_.pop_front();
}

bool has_public_key(const provisioning::Credentials& credentials) {
    return credentials.x509.has_value() || credentials.rpk.has_value();
}

bool has_secured(const provisioning::Credentials& credentials) {
    return credentials.psk.has_value() || has_public_key(credentials);
}

}  // namespace bootstrap
