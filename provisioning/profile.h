#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/document/document.h"
#include "provisioning/model/content_format.h"
#include "provisioning/model/path.h"
#include "provisioning/model/value.h"

// A profile: what a device shall hold when its bootstrap has finished.
namespace provisioning {

enum class EnablerVersion { v1_0, v1_1, v1_2 };

// A text in which "${endpoint}", "${device.NAME}" and "${random:N}" stand for something known
// only with the device at hand.
struct Template {
    std::string text;
    bool is_secret = false;
    enum class Kind { text, octets } kind = Kind::text;  // octets: hex, "base64:…" or "text:…"
};

// A value as the profile has it: typed, with templates still in it.
using TemplateSingle = std::variant<model::Single, Template>;
using TemplateValue = std::variant<TemplateSingle, std::map<std::uint16_t, TemplateSingle>>;
using TemplateResources = std::map<model::ResourceId, TemplateValue>;

// One Object Instance that the device shall hold.
struct PlannedInstance {
    model::ObjectId object = 0;
    // Written down in the profile; without it the plan chooses one that is free.
    std::optional<model::InstanceId> instance;
    std::optional<std::string> object_version;
    TemplateResources resources;
    std::string pointer;  // where in the profile it comes from
};

struct Profile {
    std::string name;
    std::string file;  // empty: not from a file
    EnablerVersion enabler = EnablerVersion::v1_1;
    std::optional<model::ContentFormat> content_format;
    bool discover = true;     // begin with Discover "/"
    bool delete_all = true;   // Delete "/" before the first Write
    // EXCHANGE_LIFETIME as the device has it, seconds.
    double device_exchange_lifetime = 247;
    // In the order of writing: Security, Server, Access Control, the rest.
    std::vector<PlannedInstance> instances;
    // Names of variables that a device of this profile must bring: ${device.NAME}.
    std::vector<std::string> variables;
};

// Every problem of the profile is told, also what only makes sense as a whole: a Security
// Instance without its Server Instance, a Short Server ID twice, a coap URI with PSK.
std::optional<Profile> parse_profile(const document::Node& node, std::string_view file);

}  // namespace provisioning
