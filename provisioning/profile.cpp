#include "provisioning/profile.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "provisioning/profile_formats.h"
#include "provisioning/profile_operations.h"
#include "provisioning/profile_parts.h"

namespace provisioning {
namespace {

using document::Node;

std::string read_name(const Node& root) {
    const auto node = root.required("name");
    if (!node) return {};
    auto name = node->text();
    if (!name) return {};
    const bool printable = std::ranges::none_of(*name, [](char c) {
        const auto octet = static_cast<unsigned char>(c);
        return octet < 0x20 || octet == 0x7F;
    });
    if (name->empty() || name->size() > 255 || !printable)
        node->problem("is no name", "write 1 to 255 octets without control characters");
    return std::move(*name);
}

EnablerVersion read_enabler(const Node& root) {
    constexpr std::array<std::string_view, 3> words = {"1.0", "1.1", "1.2"};
    if (const auto node = root.member("enabler"))
        if (const auto index = node->choice(words)) return static_cast<EnablerVersion>(*index);
    return EnablerVersion::v1_1;
}

void read_flag(const Node& root, std::string_view key, bool& flag) {
    if (const auto node = root.member(key))
        if (const auto value = node->boolean()) flag = *value;
}

// The order of writing: Security before Server before Access Control before the rest.
auto writing_order(const PlannedInstance& planned) {
    constexpr model::ObjectId first_of_the_rest = model::object::access_control + 1;
    const bool is_rest = planned.object >= first_of_the_rest;
    return std::tuple(std::min(planned.object, first_of_the_rest),
                      is_rest ? planned.object : model::ObjectId{0},
                      is_rest ? planned.instance.value_or(0) : model::InstanceId{0});
}

void add_variables(const Template& open, std::set<std::string>& names) {
    const auto parsed = parse_template(open.text);
    if (const auto* parts = std::get_if<std::vector<TemplatePart>>(&parsed))
        for (const TemplatePart& part : *parts)
            if (part.kind == TemplatePart::Kind::variable) names.insert(part.text);
}

void add_variables(const TemplateSingle& single, std::set<std::string>& names) {
    if (const auto* open = std::get_if<Template>(&single)) add_variables(*open, names);
}

void add_variables(const std::vector<PlannedInstance>& instances, std::set<std::string>& names) {
    for (const PlannedInstance& planned : instances)
        for (const auto& [id, value] : planned.resources) {
            if (const auto* single = std::get_if<TemplateSingle>(&value))
                add_variables(*single, names);
            else
                for (const auto& [index, each] :
                     std::get<std::map<std::uint16_t, TemplateSingle>>(value))
                    add_variables(each, names);
        }
}

std::vector<std::string> variables_of(const Profile& profile) {
    std::set<std::string> names;
    add_variables(profile.instances, names);
    for (const auto* list : {&profile.operations, &profile.on_finish_refused})
        for (const PlannedOperation& operation : *list) add_variables(operation.instances, names);
    for (const auto& open : {profile.account.identity, profile.account.key})
        if (open) add_variables(*open, names);
    return {names.begin(), names.end()};
}

// "objectVersion" for the whole profile: every Write of an instance that has a version tells it.
void read_version_in_query(const Node& root, std::vector<Draft>& drafts) {
    constexpr std::array<std::string_view, 1> words = {"query"};
    const auto node = root.member("objectVersion");
    if (!node || !node->choice(words)) return;
    bool any = false;
    for (Draft& draft : drafts) {
        draft.planned.version_in_query = draft.planned.object_version.has_value();
        any = any || draft.planned.version_in_query || draft.unreadable;
    }
    if (!any)
        node->problem("asks for versions, but no instance has one",
                      "write the \"version\" of an instance in \"objects\", or remove it");
}

// A pack replaces every instance of the Objects in it, LwM2M Core §6.1.7.7, and is all there is:
// it cannot stand for a plan that keeps something or does something else.
void read_pack(const Node& root, Profile& profile) {
    const bool leaves_account =
        profile.account.keys == BootstrapAccount::Keys::keep && !profile.account.hands_over;
    profile.pack = profile.enabler == EnablerVersion::v1_2 && profile.operations.empty() &&
                   profile.delete_all && leaves_account && profile.wanted.empty();
    const auto node = root.member("pack");
    const auto wanted = node ? node->boolean() : std::nullopt;
    if (!wanted) return;
    if (*wanted && profile.enabler != EnablerVersion::v1_2)
        node->problem("came with LwM2M 1.2, but the profile's enabler is " +
                          std::string(model::to_string(profile.enabler)),
                      "remove it, or write a later \"enabler\"");
    else if (*wanted && root.member("operations"))
        node->problem(
            "is not possible beside \"operations\": a pack says what a device shall hold, "
            "not what is done",
            "write false, or remove one of the two");
    else if (*wanted && !profile.delete_all)
        node->problem(
            "is not possible where \"deleteAll\" is false: a pack replaces every instance "
            "of the Objects in it",
            "write false, or \"deleteAll\": true");
    else if (*wanted && !leaves_account)
        node->problem(
            "is not possible beside \"bootstrapAccount\": nothing tells what a device has made of "
            "a pack",
            "write false, or remove \"bootstrapAccount\"");
    else if (*wanted && !profile.wanted.secrets.empty())
        node->problem("is not possible with \"${secret:…}\": a pack is given at once",
                      "write false, or \"${device.NAME}\" for the keys");
    profile.pack = *wanted;
}

// Devices of 1.0 have no /1/x/9.
std::optional<Through> read_through(const Node& root, EnablerVersion enabler) {
    const auto node = root.member("reach");
    if (!node || !node->object({"lwm2mServer", "serverInstance"})) return std::nullopt;
    Through through;
    if (const auto instance = node->member("serverInstance"))
        if (const auto id = instance->integer(0, 65534))
            through.server_instance = static_cast<model::InstanceId>(*id);
    const auto server = node->required("lwm2mServer");
    auto name = server ? server->text() : std::nullopt;
    if (!name) return std::nullopt;
    if (name->empty()) server->problem("is empty", "write the name of a server in the settings");
    if (enabler == EnablerVersion::v1_0)
        node->problem("needs the Bootstrap-Request Trigger, /1/x/9, which came with LwM2M 1.1",
                      "remove it, or write a later \"enabler\"");
    through.server = std::move(*name);
    return through;
}

}  // namespace

std::optional<Profile> parse_profile(const Node& node, std::string_view file,
                                     const model::Definitions& definitions,
                                     std::optional<std::chrono::sys_seconds> now) {
    const std::size_t before = node.problem_count();
    if (!node.object({"$schema", "name", "enabler", "contentFormat", "discover", "deleteAll",
                      "deviceExchangeLifetime", "servers", "bootstrapAccount", "accessControl",
                      "objects", "operations", "onFinishRefused", "objectVersion", "pack",
                      "reach"}))
        return std::nullopt;

    Profile profile;
    profile.file = file;
    profile.pointer = node.pointer();
    profile.name = read_name(node);
    profile.enabler = read_enabler(node);
    if (const auto format = node.member("contentFormat"))
        profile.content_format = read_content_format(*format, profile.enabler, true);
    read_flag(node, "discover", profile.discover);
    read_flag(node, "deleteAll", profile.delete_all);
    if (const auto lifetime = node.member("deviceExchangeLifetime"))
        if (const auto seconds = lifetime->number(0.1, 86400))
            profile.device_exchange_lifetime = *seconds;
    read_bootstrap_account(node, profile);
    profile.through = read_through(node, profile.enabler);

    const Basis basis{profile.enabler, &definitions, now};
    std::vector<Draft> drafts;
    read_servers(node, basis, drafts);
    read_access_control(node, basis, drafts);
    read_objects(node, basis, drafts);
    const std::size_t declared = drafts.size();
    OperationDrafts operations = read_operations(node, "operations", basis, drafts);
    OperationDrafts on_finish_refused = read_operations(node, "onFinishRefused", basis, drafts);
    check_operations(node, operations, on_finish_refused, drafts, declared);
    read_version_in_query(node, drafts);
    profile.operations = operations.operations;
    profile.on_finish_refused = on_finish_refused.operations;
    profile.wanted = collect_wanted(node, profile, drafts);
    read_pack(node, profile);
    check_profile(node, profile, basis, drafts);
    if (node.problem_count() != before) return std::nullopt;

    profile.operations = finished(std::move(operations), drafts);
    profile.on_finish_refused = finished(std::move(on_finish_refused), drafts);
    profile.instances.reserve(declared);
    for (std::size_t i = 0; i < declared; ++i)
        profile.instances.push_back(std::move(drafts[i].planned));
    std::ranges::stable_sort(profile.instances, {}, writing_order);
    profile.variables = variables_of(profile);
    return profile;
}

}  // namespace provisioning
