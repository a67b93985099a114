#include "provisioning/store/device_keys.h"

#include <algorithm>

#include "provisioning/model/imei.h"

namespace store {
namespace {

std::string without_plus(std::string_view msisdn) {
    if (msisdn.starts_with('+')) msisdn.remove_prefix(1);
    return std::string(msisdn);
}

std::string text_of(wire::BytesView octets) {
    return std::string(wire::as_text(octets));
}

void sort(std::vector<KeyRow>& rows) {
    std::ranges::sort(rows);
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
}

}  // namespace

KeyKind kind_of(const KeyRow& row) {
    return row.kind == bare_imei ? KeyKind::imei : static_cast<KeyKind>(row.kind);
}

ImeiSearch search_for_imei(const std::string& text) {
    ImeiSearch search{std::nullopt, model::normalised_imei(text)};
    std::string digits = text;
    std::erase_if(digits, [](char c) { return c == '-' || c == ' '; });
    constexpr std::size_t with_check_digit = 15;
    if (digits.size() == with_check_digit) search.whole = std::move(digits);
    return search;
}

std::vector<KeyRow> keys_of(const provisioning::Device& device) {
    std::vector<KeyRow> rows;
    const auto add = [&](KeyKind kind, const std::optional<std::string>& value) {
        if (value) rows.push_back({row_kind(kind), *value});
    };
    if (const auto& psk = device.credentials.psk)
        add(KeyKind::psk_identity, text_of(psk->identity));
    if (const auto& x509 = device.credentials.x509) {
        for (const auto& digest : x509->certificates) add(KeyKind::certificate, text_of(digest));
        for (const auto& digest : x509->keys) add(KeyKind::public_key, text_of(digest));
    }
    if (const auto& rpk = device.credentials.rpk)
        add(KeyKind::public_key, text_of(crypto::sha256(rpk->public_key)));
    const provisioning::Identifiers& known = device.identifiers;
    add(KeyKind::imsi, known.imsi);
    add(KeyKind::iccid, known.iccid);
    add(KeyKind::external_id, known.external_id);
    if (known.msisdn) add(KeyKind::msisdn, without_plus(*known.msisdn));
    if (known.imei) {
        ImeiSearch imei = search_for_imei(*known.imei);
        if (imei.whole)
            add(KeyKind::imei, imei.whole);
        else
            rows.push_back({bare_imei, imei.digits});
    }
    sort(rows);
    return rows;
}

std::vector<KeyRow> keys_of(const provisioning::Device& device,
                            const provisioning::Keyring& keyring) {
    std::vector<KeyRow> rows = keys_of(device);
    if (keyring.keys().empty()) return rows;
    for (const provisioning::AccountKey& key : keyring.keys())
        rows.push_back({row_kind(KeyKind::psk_identity), text_of(key.psk.identity)});
    sort(rows);
    return rows;
}

std::vector<KeyRow> keys_of(const DeviceRecord& record) {
    return keys_of(record.device, record.state.keyring);
}

KeyRow row_of(const DeviceKey& key) {
    return {row_kind(key.kind), key.kind == KeyKind::msisdn ? without_plus(key.value) : key.value};
}

}  // namespace store
