#include "server/http/device_csv.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "config/document/document.h"

namespace http {
namespace {

constexpr std::string_view nosec_place = "/credentials/nosec";
constexpr std::string_view port_place = "/reach/port";
constexpr std::string_view variable = "variables.";

constexpr std::array<std::pair<std::string_view, std::string_view>, 17> places = {{
    {"endpoint", "/endpoint"},
    {"profile", "/profile"},
    {"psk.identity", "/credentials/psk/identity"},
    {"psk.key", "/credentials/psk/key"},
    {"x509.certificateSha256", "/credentials/x509/certificateSha256"},
    {"x509.keySha256", "/credentials/x509/keySha256"},
    {"rpk.publicKey", "/credentials/rpk/publicKey"},
    {"nosec", nosec_place},
    {"imsi", "/identifiers/imsi"},
    {"imei", "/identifiers/imei"},
    {"iccid", "/identifiers/iccid"},
    {"msisdn", "/identifiers/msisdn"},
    {"externalId", "/identifiers/externalId"},
    {"reach.mode", "/reach/mode"},
    {"reach.port", port_place},
    {"reach.address", "/reach/address"},
    {"reach.source", "/reach/source"},
}};

std::optional<std::string> place_of(std::string_view column) {
    if (column.starts_with(variable) && column.size() > variable.size())
        return "/variables/" + document::escape_token(column.substr(variable.size()));
    for (const auto& [name, place] : places)
        if (name == column) return std::string(place);
    return std::nullopt;
}

// What is no such value stays a text, which the device's own check then refuses by its pointer.
nlohmann::json value_of(std::string_view place, const std::string& field) {
    if (place == nosec_place) {
        if (field == "true" || field == "1") return true;
        if (field == "false" || field == "0") return false;
    }
    if (place == port_place) {
        std::uint32_t port = 0;
        const char* const end = field.data() + field.size();
        const auto [stopped, error] = std::from_chars(field.data(), end, port);
        if (error == std::errc{} && stopped == end) return port;
    }
    return field;
}

}  // namespace

DeviceColumns::DeviceColumns(std::vector<std::string> pointers) : pointers_(std::move(pointers)) {}

std::variant<DeviceColumns, std::string> DeviceColumns::from(
    const std::vector<std::string>& header) {
    std::vector<std::string> pointers;
    for (const std::string& column : header) {
        auto place = place_of(column);
        if (!place)
            return "the header names a column \"" + column +
                   "\" that is not known; see POST /v1/devices:import in /openapi.json";
        if (std::ranges::count(pointers, *place) > 0)
            return "the header names the column \"" + column + "\" twice";
        pointers.push_back(std::move(*place));
    }
    for (const std::string_view needed : {"endpoint", "profile"})
        if (std::ranges::count(header, needed) == 0)
            return "the header has no column \"" + std::string(needed) + "\"";
    return DeviceColumns(std::move(pointers));
}

std::variant<nlohmann::json, std::string> DeviceColumns::device(
    const std::vector<std::string>& row) const {
    if (row.size() != pointers_.size())
        return "has " + std::to_string(row.size()) + " fields, the header " +
               std::to_string(pointers_.size());
    nlohmann::json device = nlohmann::json::object();
    device["credentials"] = nlohmann::json::object();
    // Without a type a pointer through "0" would make an array.
    if (std::ranges::any_of(pointers_, [](const std::string& pointer) {
            return pointer.starts_with("/variables/");
        }))
        device["variables"] = nlohmann::json::object();
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (row[i].empty()) continue;
        device[nlohmann::json::json_pointer(pointers_[i])] = value_of(pointers_[i], row[i]);
    }
    return device;
}

}  // namespace http
