#include "provisioning/store/vault.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "provisioning/device_document.h"

namespace store {

crypto::Sealed Vault::seal(wire::BytesView plain, const std::string& context,
                           wire::Random& random) const {
    return crypto::seal(plain, wire::as_bytes(context), keys_.front(), random);
}

std::optional<model::Secret> Vault::open(const crypto::Sealed& sealed,
                                         const std::string& context) const {
    const auto by = crypto::wrapped_by(sealed);
    for (const crypto::MasterKey& key : keys_)
        if (by == key.id()) return crypto::open(sealed, wire::as_bytes(context), key);
    return std::nullopt;
}

std::optional<wire::Bytes> Vault::rewrap(const wire::Bytes& wrapped_key, const std::string& context,
                                         wire::Random& random) const {
    const auto by = crypto::wrapped_by({wrapped_key, {}});
    for (const crypto::MasterKey& key : keys_)
        if (by == key.id())
            return crypto::rewrap(wrapped_key, wire::as_bytes(context), key, keys_.front(), random);
    return std::nullopt;
}

bool Vault::has(const crypto::MasterKey::Id& id) const {
    return std::ranges::any_of(keys_, [&](const auto& key) { return key.id() == id; });
}

std::string Vault::names() const {
    std::string all;
    for (const crypto::MasterKey& key : keys_)
        all += (all.empty() ? "" : ", ") + wire::to_hex(key.id());
    return all;
}

crypto::Sha256 Vault::fingerprint(const provisioning::Device& device) const {
    const std::string open = device.file + '\0' + provisioning::open_document(device).dump() + '\0';
    const model::Secret hidden = provisioning::secrets_of(device);
    wire::Bytes all(open.begin(), open.end());
    all.reserve(open.size() + hidden.size());
    all.insert(all.end(), hidden.reveal().begin(), hidden.reveal().end());
    const model::Secret whole(std::move(all));
    return crypto::hmac_sha256(own_.reveal(), whole.reveal());
}

std::string device_context(std::string_view endpoint) {
    return "device:" + std::string(endpoint);
}

std::string profile_context(std::string_view name) {
    return "profile:" + std::string(name);
}

}  // namespace store
