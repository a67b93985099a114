#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include <nlohmann/json_fwd.hpp>

#include "provisioning/device.h"

// A device as JSON, in the parts in which it is kept and shown. What is secret is apart from what
// is not: the PSK's key, and the values of all variables, since profiles make keys of them.
namespace provisioning {

// The document without secrets: they are null there, so that their places are seen.
nlohmann::ordered_json open_document(const Device&);
// What open_document() left out: {"key": hexadecimal, "variables": {name: value}}, as a text.
model::Secret secrets_of(const Device&);
// Both parts together again. Nothing when they do not fit: then the store is damaged.
std::optional<Device> join_document(std::string_view open, const model::Secret& secrets,
                                    std::string file);

// What an operator sends to make or replace a device. A secret that is null there keeps the value
// that the store has, so that what GET showed can be sent back.
struct DeviceChange {
    Device device;  // without what is kept
    bool keep_key = false;
    std::set<std::string> keep_variables;
};
std::optional<DeviceChange> parse_device_change(const document::Node& node, std::string_view file);
// The device that the change makes of the one that was there; or the pointer of a secret that it
// keeps and that is not there.
std::variant<Device, std::string> apply(const DeviceChange& change, const Device* stored);

}  // namespace provisioning
