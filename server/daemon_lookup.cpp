#include "server/daemon_lookup.h"

#include <chrono>
#include <string>
#include <utility>

namespace bootstrapd {
namespace {

using bootstrap::DeviceAnswer;
using bootstrap::DeviceQuery;
using bootstrap::FoundDevice;
using bootstrap::LookedUp;
using bootstrap::PublicKeyIdentity;
using bootstrap::UnknownDevice;
using Trust = FoundDevice::Trust;

store::WallTime wall_now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

DeviceAnswer nobody() {
    return LookedUp(UnknownDevice{});
}

std::string text_of(const crypto::Sha256& digest) {
    return std::string(wire::as_text(digest));
}

}  // namespace

std::vector<provisioning::PskCredential> to_dial(const store::DeviceRecord& record,
                                                 store::WallTime now) {
    if (record.state.keyring.empty()) return {};
    return record.state.keyring.to_dial(record.device.credentials, now);
}

bool has_expired(const store::DeviceRecord& record, store::WallTime now) {
    return record.state.account_expires && *record.state.account_expires <= now;
}

FoundDevice DeviceFinder::describe(const store::DevicePointer& record) const {
    const auto now = wall_now();
    std::shared_ptr<const provisioning::Device> device(record, &record->device);
    FoundDevice found{profiles_.get()->assign(std::move(device)), record->disabled};
    found.to_dial = to_dial(*record, now);
    found.account_expired = has_expired(*record, now);
    return found;
}

std::shared_ptr<const provisioning::Device> DeviceFinder::of_fleet(
    std::string_view endpoint) const {
    return fleet()->by_endpoint(endpoint);
}

void DeviceFinder::find(const DeviceQuery& query, Answer answer) const {
    store::DeviceKey key;
    switch (query.by) {
        case DeviceQuery::By::psk_identity:
            key = {store::KeyKind::psk_identity, query.value};
            break;
        case DeviceQuery::By::endpoint:
            key = {store::KeyKind::endpoint, query.value};
            break;
        case DeviceQuery::By::public_key:
            if (query.public_key)
                find_by_public_key(*query.public_key, std::move(answer));
            else
                answer(nobody());
            return;
    }
    if (const store::DevicePointer at_hand = store_.cached(key)) {
        answer(found(query, at_hand));
        return;
    }
    store_.find_device(std::move(key), [this, query, answer = std::move(answer)](
                                           store::Result<store::DevicePointer> result) mutable {
        if (!result)
            answer(bootstrap::Unavailable{});
        else if (*result)
            answer(found(query, *result));
        else
            ask_fleet(query, std::move(answer));
    });
}

DeviceAnswer DeviceFinder::found(const DeviceQuery& query,
                                 const store::DevicePointer& record) const {
    FoundDevice device = describe(record);
    if (query.by == DeviceQuery::By::psk_identity) {
        // One of the account's keys, or the record's own; none where its time is over.
        auto key = record->state.keyring.key_of(record->device.credentials,
                                                wire::as_bytes(query.value), wall_now());
        if (!key) return nobody();
        device.psk_key = std::move(key);
    }
    return LookedUp(std::move(device));
}

// Nobody has this identity, or this endpoint. A device of the fleet has its endpoint for its
// identity, under which there may be a record with another.
void DeviceFinder::ask_fleet(const DeviceQuery& query, Answer answer) const {
    auto device = query.by == DeviceQuery::By::psk_identity
                      ? fleet()->by_identity(wire::as_bytes(query.value))
                      : fleet()->by_endpoint(query.value);
    if (!device) {
        answer(nobody());
        return;
    }
    if (query.by == DeviceQuery::By::endpoint) {
        answer(LookedUp(FoundDevice{profiles_.get()->assign(std::move(device))}));
        return;
    }
    store::DeviceKey key{store::KeyKind::endpoint, device->endpoint.text()};
    store_.find_device(
        std::move(key), [this, device = std::move(device), answer = std::move(answer)](
                            store::Result<store::DevicePointer> result) mutable {
            if (!result)
                answer(bootstrap::Unavailable{});
            else if (*result)
                answer(nobody());
            else
                answer(LookedUp(FoundDevice{profiles_.get()->assign(std::move(device))}));
        });
}

// ---- certificates and raw public keys ----

// The certificate, the key, and, where the chain was verified, the endpoint that it names; in this
// order the records come back.
void DeviceFinder::find_by_public_key(const PublicKeyIdentity& identity, Answer answer) const {
    std::vector<store::DeviceKey> keys;
    if (identity.certificate)
        keys.push_back({store::KeyKind::certificate, text_of(*identity.certificate)});
    keys.push_back({store::KeyKind::public_key, text_of(identity.key)});
    if (const auto at_hand = store_.cached(keys.front())) {
        answer(found_by_key(identity, {at_hand}));
        return;
    }
    if (identity.certificate && identity.verified && !identity.endpoint.empty())
        keys.push_back({store::KeyKind::endpoint, identity.endpoint});
    store_.find_devices(
        std::move(keys), std::nullopt,
        [this, identity, answer = std::move(answer)](store::Result<store::Store::Found> result) {
            if (result)
                answer(found_by_key(identity, result->devices));
            else
                answer(bootstrap::Unavailable{});
        });
}

DeviceAnswer DeviceFinder::found_by_key(const PublicKeyIdentity& identity,
                                        const std::vector<store::DevicePointer>& records) const {
    std::vector<Trust> kinds;
    if (identity.certificate) kinds.push_back(Trust::pinned_certificate);
    kinds.push_back(Trust::pinned_key);
    kinds.push_back(Trust::ca);
    for (std::size_t i = 0; i < records.size() && i < kinds.size(); ++i) {
        if (!records[i]) continue;
        // By its name alone a certificate is the device's only where the record says so.
        const auto& x509 = records[i]->device.credentials.x509;
        if (kinds[i] == Trust::ca && !(x509 && x509->ca)) return nobody();
        FoundDevice device = describe(records[i]);
        device.trust = kinds[i];
        return LookedUp(std::move(device));
    }
    if (!identity.certificate || !identity.verified) return nobody();
    auto device = fleet()->by_certificate(identity.endpoint, identity.issuer);
    if (!device) return nobody();
    FoundDevice of_rule{profiles_.get()->assign(std::move(device))};
    of_rule.trust = Trust::ca;
    return LookedUp(std::move(of_rule));
}

}  // namespace bootstrapd
