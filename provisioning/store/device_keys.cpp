#include "provisioning/store/device_keys.h"

#include <algorithm>

#include "provisioning/model/imei.h"

namespace store {
namespace {

std::string without_plus(std::string_view msisdn) {
    if (msisdn.starts_with('+')) msisdn.remove_prefix(1);
    return std::string(msisdn);
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
        add(KeyKind::psk_identity, std::string(wire::as_text(psk->identity)));
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
    std::ranges::sort(rows);
    return rows;
}

KeyRow row_of(const DeviceKey& key) {
    return {row_kind(key.kind), key.kind == KeyKind::msisdn ? without_plus(key.value) : key.value};
}

}  // namespace store
