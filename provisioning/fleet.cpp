#include "provisioning/fleet.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "server/crypto/keys.h"

namespace provisioning {
namespace {

constexpr std::size_t psk_octets = 16;

constexpr std::string_view pointer_of_all = "/fleet";

std::shared_ptr<Device> device_of(const model::EndpointName& endpoint, const std::string& profile) {
    return std::make_shared<Device>(
        Device{endpoint, "", std::string(pointer_of_all), profile, {}, {}, {}, {}});
}

}  // namespace

bool is_of_fleet(const Device& device) {
    return device.file.empty() && device.pointer == pointer_of_all;
}

// Greedy with one step back: linear in the text for every "*" of the pattern.
bool fits(std::string_view pattern, std::string_view text) {
    constexpr std::size_t none = std::string_view::npos;
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = none;
    std::size_t resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != none) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

model::Secret fleet_psk(const model::Secret& master_key, wire::BytesView identity) {
    constexpr std::string_view label = "lwm2m-bootstrapd psk v1";
    wire::Bytes info(label.begin(), label.end());
    info.push_back(0);
    info.insert(info.end(), identity.begin(), identity.end());
    return crypto::hkdf_sha256(master_key, info, psk_octets);
}

const Fleet::Psk* Fleet::psk_of(std::string_view endpoint) const {
    const auto found = std::find_if(psk_.begin(), psk_.end(),
                                    [&](const Psk& each) { return fits(each.endpoint, endpoint); });
    return found == psk_.end() ? nullptr : &*found;
}

Fleet::Pointer Fleet::by_identity(wire::BytesView psk_identity) const {
    if (psk_.empty()) return nullptr;
    const auto endpoint = model::EndpointName::from(wire::as_text(psk_identity));
    const Psk* const rule = endpoint ? psk_of(endpoint->text()) : nullptr;
    if (rule == nullptr) return nullptr;
    auto device = device_of(*endpoint, rule->profile);
    wire::Bytes identity(psk_identity.begin(), psk_identity.end());
    device->credentials.psk =
        PskCredential{std::move(identity), fleet_psk(rule->master_key, psk_identity)};
    return device;
}

Fleet::Pointer Fleet::by_certificate(std::string_view endpoint, std::string_view issuer) const {
    const auto name = model::EndpointName::from(endpoint);
    if (!name) return nullptr;
    for (const Rule& rule : rules_) {
        if (rule.credentials != Rule::Credentials::x509 || !fits(rule.endpoint, endpoint) ||
            (!rule.issuer.empty() && rule.issuer != issuer))
            continue;
        auto device = device_of(*name, rule.profile);
        device->credentials.x509 = X509Credential{true, {}, {}};
        return device;
    }
    return nullptr;
}

Fleet::Pointer Fleet::by_endpoint(std::string_view endpoint) const {
    const auto name = model::EndpointName::from(endpoint);
    if (!name) return nullptr;
    if (auto device = by_identity(wire::as_bytes(endpoint))) return device;
    for (const Rule& rule : rules_) {
        if (!rule.issuer.empty() || !fits(rule.endpoint, endpoint)) continue;
        auto device = device_of(*name, rule.profile);
        if (rule.credentials == Rule::Credentials::nosec)
            device->credentials.nosec = true;
        else
            device->credentials.x509 = X509Credential{true, {}, {}};
        return device;
    }
    return nullptr;
}

std::vector<Fleet::Use> Fleet::uses() const {
    std::vector<Use> all;
    for (std::size_t i = 0; i < psk_.size(); ++i)
        all.push_back({psk_[i].profile, "/fleet/psk/" + std::to_string(i) + "/profile"});
    for (std::size_t i = 0; i < rules_.size(); ++i)
        all.push_back({rules_[i].profile, "/fleet/rules/" + std::to_string(i) + "/profile"});
    return all;
}

}  // namespace provisioning
