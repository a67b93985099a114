#include "provisioning/model/definitions.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <span>
#include <string>

namespace model {
namespace {

// A Resource in the tables below; `since` is the enabler that has it first.
struct Row {
    ResourceId id;
    std::string_view name;
    ResourceType type;
    bool multiple = false;
    bool mandatory = false;
    std::uint8_t since = 0;
    std::int64_t lowest = 0;
    std::int64_t highest = 0;
    std::int64_t step = 1;
    bool sensitive = false;
};

constexpr std::int64_t int_min = INT64_MIN;
constexpr std::int64_t int_max = INT64_MAX;
constexpr std::int64_t text_max = 65535;    // where the definition has no bound
constexpr std::int64_t opaque_max = 65535;  // a certificate, at most

using enum ResourceType;

// id, name, type, multiple, mandatory, since, lowest, highest, step, sensitive
constexpr auto security_resources = std::to_array<Row>({
    {0, "LwM2M Server URI", text, false, true, 0, 0, 255},
    {1, "Bootstrap-Server", boolean, false, true, 0},
    {2, "Security Mode", integer, false, true, 0, 0, 4},
    {3, "Public Key or Identity", opaque, false, true, 0, 0, opaque_max},
    {4, "Server Public Key", opaque, false, true, 0, 0, opaque_max},
    {5, "Secret Key", opaque, false, true, 0, 0, opaque_max, 1, true},
    {6, "SMS Security Mode", integer, false, false, 0, 0, 255},
    {7, "SMS Binding Key Parameters", opaque, false, false, 0, 6, 6},
    {8, "SMS Binding Secret Key(s)", opaque, false, false, 0, 16, 48, 16, true},
    {9, "LwM2M Server SMS Number", text, false, false, 0, 0, text_max},
    {10, "Short Server ID", integer, false, false, 0, 1, 65534},
    {11, "Client Hold Off Time", integer, false, false, 0, 0, int_max},
    {12, "Bootstrap-Server Account Timeout", integer, false, false, 0, 0, int_max},
    {13, "Matching Type", unsigned_integer, false, false, 1, 0, 3},
    {14, "SNI", text, false, false, 1, 0, text_max},
    {15, "Certificate Usage", unsigned_integer, false, false, 1, 0, 3},
    {16, "DTLS/TLS Ciphersuite", unsigned_integer, true, false, 1, 0, 65535},
    {17, "OSCORE Security Mode", object_link, false, false, 1},
    {18, "Groups To Use by Client", unsigned_integer, true, false, 2, 0, 65535},
    {19, "Signature Algorithms Supported by Server", unsigned_integer, true, false, 2, 0, 65535},
    {20, "Signature Algorithms To Use by Client", unsigned_integer, true, false, 2, 0, 65535},
    {21, "Signature Algorithm Certs Supported by Server", unsigned_integer, true, false, 2, 0,
     65535},
    {22, "TLS 1.3 Features To Use by Client", unsigned_integer, false, false, 2, 0, 65535},
    {23, "TLS Extensions Supported by Server", unsigned_integer, false, false, 2, 0, 65535},
    {24, "TLS Extensions To Use by Client", unsigned_integer, false, false, 2, 0, 65535},
    {25, "Secondary LwM2M Server URI", text, true, false, 2, 0, 255},
    {26, "MQTT Server", object_link, false, false, 2},
    {27, "LwM2M COSE Security", object_link, true, false, 2},
    {28, "RDS Destination Port", integer, false, false, 2, 0, 15},
    {29, "RDS Source Port", integer, false, false, 2, 0, 15},
    {30, "RDS Application ID", text, false, false, 2, 0, text_max},
});

constexpr auto server_resources = std::to_array<Row>({
    {0, "Short Server ID", integer, false, true, 0, 1, 65534},
    {1, "Lifetime", integer, false, true, 0, 0, int_max},
    {2, "Default Minimum Period", integer, false, false, 0, 0, int_max},
    {3, "Default Maximum Period", integer, false, false, 0, 0, int_max},
    {4, "Disable", none, false, false, 0},
    {5, "Disable Timeout", integer, false, false, 0, 0, int_max},
    {6, "Notification Storing When Disabled or Offline", boolean, false, true, 0},
    {7, "Binding", text, false, true, 0, 1, text_max},
    {8, "Registration Update Trigger", none, false, true, 0},
    {9, "Bootstrap-Request Trigger", none, false, false, 1},
    {10, "APN Link", object_link, false, false, 1},
    {11, "TLS-DTLS Alert Code", unsigned_integer, false, false, 1, 0, 255},
    {12, "Last Bootstrapped", time, false, false, 1, int_min, int_max},
    {13, "Registration Priority Order", unsigned_integer, false, false, 1, 0, int_max},
    {14, "Initial Registration Delay Timer", unsigned_integer, false, false, 1, 0, int_max},
    {15, "Registration Failure Block", boolean, false, false, 1},
    {16, "Bootstrap on Registration Failure", boolean, false, false, 1},
    {17, "Communication Retry Count", unsigned_integer, false, false, 1, 0, int_max},
    {18, "Communication Retry Timer", unsigned_integer, false, false, 1, 0, int_max},
    {19, "Communication Sequence Delay Timer", unsigned_integer, false, false, 1, 0, int_max},
    {20, "Communication Sequence Retry Count", unsigned_integer, false, false, 1, 0, int_max},
    {21, "Trigger", boolean, false, false, 1},
    {22, "Preferred Transport", text, false, false, 1, 0, text_max},
    {23, "Mute Send", boolean, false, false, 1},
    {24, "Alternate APN Links", object_link, true, false, 2},
    {25, "Supported Server Versions", text, true, false, 2, 0, text_max},
    {26, "Default Notification Mode", integer, false, false, 2, 0, 1},
    {27, "Profile ID Hash Algorithm", unsigned_integer, false, false, 2, 0, 255},
});

constexpr auto access_control_resources = std::to_array<Row>({
    {0, "Object ID", integer, false, true, 0, 1, 65534},
    {1, "Object Instance ID", integer, false, true, 0, 0, 65535},
    {2, "ACL", integer, true, false, 0, 0, 31},
    {3, "Access Control Owner", integer, false, true, 0, 0, 65535},
});

ObjectDefinition object_of(ObjectId id, std::string_view name, std::span<const Row> rows,
                           std::uint8_t enabler) {
    ObjectDefinition object;
    object.id = id;
    object.name = name;
    object.version = {1, enabler};
    object.since = static_cast<Enabler>(enabler);
    object.multiple = true;
    for (const Row& row : rows)
        if (row.since <= enabler)
            object.resources.push_back({row.id, std::string(row.name), row.type, row.multiple,
                                        row.mandatory, row.lowest, row.highest, row.step,
                                        row.sensitive});
    return object;
}

// Lower case, runs of spaces as one.
std::string normalised(std::string_view name) {
    std::string result;
    for (const char c : name) {
        if (c == ' ' && (result.empty() || result.back() == ' ')) continue;
        result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return result;
}

}  // namespace

const ResourceDefinition* ObjectDefinition::find(ResourceId resource) const {
    const auto found = std::find_if(resources.begin(), resources.end(),
                                    [&](const auto& each) { return each.id == resource; });
    return found == resources.end() ? nullptr : &*found;
}

const ResourceDefinition* ObjectDefinition::find(std::string_view resource) const {
    const std::string wanted = normalised(resource);
    const auto found = std::find_if(resources.begin(), resources.end(), [&](const auto& each) {
        return normalised(each.name) == wanted;
    });
    return found == resources.end() ? nullptr : &*found;
}

Definitions Definitions::built_in() {
    Definitions definitions;
    for (const std::uint8_t enabler : std::array<std::uint8_t, 3>{0, 1, 2}) {
        definitions.add(object_of(object::security, "LwM2M Security", security_resources, enabler));
        definitions.add(object_of(object::server, "LwM2M Server", server_resources, enabler));
        definitions.add(object_of(object::access_control, "LwM2M Access Control",
                                  access_control_resources, enabler));
    }
    return definitions;
}

void Definitions::add(ObjectDefinition definition) {
    const auto key = std::pair(definition.id, definition.version);
    objects_[key] = std::make_shared<const ObjectDefinition>(std::move(definition));
}

Definitions::Pointer Definitions::find(ObjectId object, ObjectVersion version) const {
    const auto found = objects_.find({object, version});
    return found == objects_.end() ? nullptr : found->second;
}

Definitions::Pointer Definitions::find(ObjectId object, Enabler enabler) const {
    Pointer newest;
    for (const Pointer& each : versions(object))
        if (each->since <= enabler) newest = each;
    return newest;
}

std::vector<Definitions::Pointer> Definitions::versions(ObjectId object) const {
    std::vector<Pointer> all;
    for (auto it = objects_.lower_bound({object, ObjectVersion{0, 0}});
         it != objects_.end() && it->first.first == object; ++it)
        all.push_back(it->second);
    return all;
}

std::optional<ObjectId> Definitions::object_called(std::string_view name) const {
    const std::string wanted = normalised(name);
    for (const auto& [key, definition] : objects_)
        if (normalised(definition->name) == wanted) return key.first;
    return std::nullopt;
}

std::optional<ObjectVersion> ObjectVersion::from(std::string_view text) {
    ObjectVersion version;
    const auto dot = text.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto number = [](std::string_view digits, std::uint16_t& out) {
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), out);
        return error == std::errc{} && end == digits.data() + digits.size();
    };
    if (!number(text.substr(0, dot), version.major) || !number(text.substr(dot + 1), version.minor))
        return std::nullopt;
    return version;
}

std::string ObjectVersion::to_string() const {
    return std::to_string(major) + "." + std::to_string(minor);
}

}  // namespace model
