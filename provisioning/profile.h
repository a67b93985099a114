#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/document/document.h"
#include "provisioning/issue.h"
#include "provisioning/model/content_format.h"
#include "provisioning/model/definitions.h"
#include "provisioning/model/enabler.h"
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

using EnablerVersion = model::Enabler;

// An Object Link to an instance of the profile whose id is left open: written "21:{dm}" and meant
// for the key "/21/{dm}" of "objects".
struct LabelledLink {
    model::ObjectId object = 0;
    std::string label;
};

// A value as the profile has it: typed, with templates still in it.
using TemplateSingle = std::variant<model::Single, Template, LabelledLink>;
using TemplateValue = std::variant<TemplateSingle, std::map<std::uint16_t, TemplateSingle>>;
using TemplateResources = std::map<model::ResourceId, TemplateValue>;

// One Object Instance that the device shall hold.
struct PlannedInstance {
    model::ObjectId object = 0;
    // Written down in the profile; without it the plan chooses one that is free.
    std::optional<model::InstanceId> instance;
    std::string label;  // what links call it by while its id is open; may be empty
    std::optional<std::string> object_version;
    bool version_in_query = false;  // "?ver=" on its Writes
    // What its Resources are checked against; null: the Object is not known.
    model::Definitions::Pointer definition;
    TemplateResources resources;
    std::string pointer;  // where in the profile it comes from
};

enum class OperationKind { discover, delete_, write, read, finish };

// One entry of "operations" or "onFinishRefused".
struct PlannedOperation {
    OperationKind kind = OperationKind::discover;
    // Of all but a Finish and a Write of everything. Of an instance whose id is open
    // ("/21/{dm}/3") the id is 0 here, and the one of `instances` has the label.
    model::Path path;
    // Of a Write: every instance that the profile declares besides, in the order of writing …
    bool everything = false;
    // … or one instance (path /O/I), or several (path /O) …
    std::vector<PlannedInstance> instances;
    // … or one Resource (path /O/I/R), in an instance without any other Resource.
    std::optional<model::ContentFormat> content_format;  // of this Write or Read alone
    std::string pointer;
};

// The way to a device through its LwM2M Server: that server executes its Bootstrap-Request Trigger,
// /1/x/9 (LwM2M Core 1.1 §E.2), and the device asks by itself.
struct Through {
    std::string server;                     // its name in the settings
    model::InstanceId server_instance = 0;  // x
    friend bool operator==(const Through&, const Through&) = default;
};

// "bootstrapAccount": what becomes of the device's account with this server, the change request's
// step 3.
struct BootstrapAccount {
    enum class Keys {
        keep,
        replace,  // by a PSK of its own
        expire,   // the device purges the account by itself, /0/x/12
    } keys = Keys::keep;
    enum class Way {
        in_place,      // one Write of the whole Security Instance, the last before Finish
        new_instance,  // written, confirmed by Discover, the old one deleted
    } way = Way::in_place;
    std::optional<std::int64_t> grace_period = 604800;  // seconds; nothing: for ever
    std::int64_t timeout = 0;                           // of expire: seconds, /0/x/12
    // This server as devices see it; of a hand-over the server that they are to ask from now on.
    std::string uri;
    bool hands_over = false;
    // Of the account's new credential: the identity (default: random) …
    std::optional<Template> identity;
    // … and, of a hand-over, the key, which the other server has to know.
    std::optional<Template> key;
    std::string pointer;
};

struct Profile {
    std::string name;
    std::string file;     // empty: not from a file
    std::string pointer;  // within the file
    EnablerVersion enabler = EnablerVersion::v1_1;
    std::optional<model::ContentFormat> content_format;
    // The usual plan; without meaning where `operations` is not empty.
    bool discover = true;    // begin with Discover "/"
    bool delete_all = true;  // Delete "/" before the first Write
    // Instead of the usual plan; Finish is appended where it is missing.
    std::vector<PlannedOperation> operations;
    // What follows a Finish that was answered 4.06, before a second Finish; empty: nothing.
    std::vector<PlannedOperation> on_finish_refused;
    // Whether a Bootstrap-Pack-Request is answered with the whole configuration (1.2).
    bool pack = false;
    // EXCHANGE_LIFETIME as the device has it, seconds.
    double device_exchange_lifetime = 247;
    std::optional<Through> through;
    BootstrapAccount account;
    // What has to be made for a device before its plan can be.
    Wanted wanted;
    // In the order of writing: Security, Server, Access Control, the rest.
    std::vector<PlannedInstance> instances;
    // Names of variables that a device of this profile must bring: ${device.NAME}.
    std::vector<std::string> variables;
    // What is no mistake, but has a consequence that somebody may not have meant: for the log.
    document::Problems warnings{};
};

// Every problem of the profile is told, also what only makes sense as a whole: a Security
// Instance without its Server Instance, a Short Server ID twice, a coap URI with PSK.
// The definitions are those in force; the Profile keeps what it needs of them. Certificates have to
// be valid at `now`; nothing: it is not looked at.
std::optional<Profile> parse_profile(
    const document::Node& node, std::string_view file,
    const model::Definitions& definitions = model::Definitions::built_in(),
    std::optional<std::chrono::sys_seconds> now = {});

}  // namespace provisioning
