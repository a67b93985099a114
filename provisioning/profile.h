#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/document/document.h"
#include "provisioning/model/content_format.h"
#include "provisioning/model/path.h"
#include "provisioning/model/value.h"
#include "provisioning/template.h"

// A profile: what a device shall hold when its bootstrap has finished.
//
// A value of a Resource is written
//   of Security, Server and Access Control   by the type that the enabler gives it: a text, a whole
//                                            number, true or false, octets as parse_octets() reads
//                                            them, seconds since 1970, an Object Link "11:0"
//   of another Object                        by its own type: a text, a whole number, a fractional
//                                            one (1.0), true or false; else {"opaque": "00ff"},
//                                            {"secret": "00ff"} (octets or text that nobody is
//                                            shown), {"time": 1700000000} or {"link": "11:0"}
//   with several Resource Instances          as an object of their ids: {"0": …, "1": …}
// and texts and octets may hold templates (template.h).
namespace provisioning {

enum class EnablerVersion { v1_0, v1_1, v1_2 };

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
    std::string file;     // empty: not from a file
    std::string pointer;  // within the file
    EnablerVersion enabler = EnablerVersion::v1_1;
    std::optional<model::ContentFormat> content_format;
    bool discover = true;    // begin with Discover "/"
    bool delete_all = true;  // Delete "/" before the first Write
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
