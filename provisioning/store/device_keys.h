#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "provisioning/store/records.h"

// By what devices are found, in the form in which it is compared.
namespace store {

// A row of the keys: a kind as in the schema, and a value that no two devices have.
struct KeyRow {
    std::int64_t kind = 0;
    std::string value;
    friend auto operator<=>(const KeyRow&, const KeyRow&) = default;
};

// An IMEI without its check digit, or an IMEISV: its first 14 digits.
inline constexpr std::int64_t bare_imei = 103;

constexpr std::int64_t row_kind(KeyKind kind) {
    return static_cast<std::int64_t>(kind);
}
KeyKind kind_of(const KeyRow&);

// Of everything but the endpoint; sorted, each once.
std::vector<KeyRow> keys_of(const provisioning::Device&);
std::vector<KeyRow> keys_of(const provisioning::Device&, const provisioning::Keyring&);
std::vector<KeyRow> keys_of(const DeviceRecord&);
// Any key but an IMEI and an endpoint has one row that it can be.
KeyRow row_of(const DeviceKey&);

// An IMEI as it is looked for: the device that has it all; else the only one with its first
// 14 digits.
struct ImeiSearch {
    std::optional<std::string> whole;  // 15 digits
    std::string digits;                // the first 14
};
ImeiSearch search_for_imei(const std::string& text);

}  // namespace store
