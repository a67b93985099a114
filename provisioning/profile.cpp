#include "provisioning/profile.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "provisioning/profile_parts.h"

namespace provisioning {
namespace {

using document::Node;

constexpr std::string_view not_available = "is not available in this version";

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

void read_content_format(const Node& root, Profile& profile) {
    constexpr std::array<std::string_view, 4> words = {"tlv", "senml-json", "senml-cbor",
                                                       "lwm2m-cbor"};
    const auto node = root.member("contentFormat");
    if (!node) return;
    const auto index = node->choice(words);
    if (!index) return;
    if (*index == 0)
        profile.content_format = model::ContentFormat::tlv;
    else
        node->problem(std::string(not_available), "write \"tlv\", or remove it");
}

void read_flag(const Node& root, std::string_view key, bool& flag) {
    if (const auto node = root.member(key))
        if (const auto value = node->boolean()) flag = *value;
}

void read_bootstrap_account(const Node& root) {
    constexpr std::array<std::string_view, 3> words = {"keep", "replace", "expire"};
    const auto node = root.member("bootstrapAccount");
    if (!node || !node->object({"keys", "gracePeriod", "uri"})) return;
    if (const auto uri = node->member("uri")) uri->problem(std::string(not_available), "remove it");
    std::optional<std::size_t> keys = 0;
    if (const auto word = node->member("keys")) {
        keys = word->choice(words);
        if (keys && *keys != 0) word->problem(std::string(not_available), "write \"keep\"");
    }
    if (const auto grace = node->member("gracePeriod"); grace && keys && *keys == 0)
        grace->problem("has no meaning where the keys are kept", "remove it");
}

// The order of writing: Security before Server before Access Control before the rest.
auto writing_order(const PlannedInstance& planned) {
    constexpr model::ObjectId first_of_the_rest = model::object::access_control + 1;
    const bool is_rest = planned.object >= first_of_the_rest;
    return std::tuple(std::min(planned.object, first_of_the_rest),
                      is_rest ? planned.object : model::ObjectId{0},
                      is_rest ? planned.instance.value_or(0) : model::InstanceId{0});
}

void add_variables(const TemplateSingle& single, std::set<std::string>& names) {
    const auto* open = std::get_if<Template>(&single);
    if (open == nullptr) return;
    const auto parsed = parse_template(open->text);
    if (const auto* parts = std::get_if<std::vector<TemplatePart>>(&parsed))
        for (const TemplatePart& part : *parts)
            if (part.kind == TemplatePart::Kind::variable) names.insert(part.text);
}

std::vector<std::string> variables_of(const std::vector<PlannedInstance>& instances) {
    std::set<std::string> names;
    for (const PlannedInstance& planned : instances)
        for (const auto& [id, value] : planned.resources) {
            if (const auto* single = std::get_if<TemplateSingle>(&value))
                add_variables(*single, names);
            else
                for (const auto& [index, each] :
                     std::get<std::map<std::uint16_t, TemplateSingle>>(value))
                    add_variables(each, names);
        }
    return {names.begin(), names.end()};
}

}  // namespace

std::optional<Profile> parse_profile(const Node& node, std::string_view file,
                                     const model::Definitions& definitions) {
    const std::size_t before = node.problem_count();
    if (!node.object({"$schema", "name", "enabler", "contentFormat", "discover", "deleteAll",
                      "deviceExchangeLifetime", "servers", "bootstrapAccount", "accessControl",
                      "objects", "operations", "objectVersion"}))
        return std::nullopt;

    Profile profile;
    profile.file = file;
    profile.pointer = node.pointer();
    profile.name = read_name(node);
    profile.enabler = read_enabler(node);
    read_content_format(node, profile);
    read_flag(node, "discover", profile.discover);
    read_flag(node, "deleteAll", profile.delete_all);
    if (const auto lifetime = node.member("deviceExchangeLifetime"))
        if (const auto seconds = lifetime->number(0.1, 86400))
            profile.device_exchange_lifetime = *seconds;
    read_bootstrap_account(node);
    if (const auto operations = node.member("operations"))
        operations->problem(std::string(not_available),
                            "remove it; \"discover\" and \"deleteAll\" choose what comes first");
    if (const auto version = node.member("objectVersion"))
        version->problem(std::string(not_available), "remove it");

    const Basis basis{profile.enabler, &definitions};
    std::vector<Draft> drafts;
    read_servers(node, basis, drafts);
    read_access_control(node, basis, drafts);
    read_objects(node, basis, drafts);
    check_profile(node, profile, drafts);
    if (node.problem_count() != before) return std::nullopt;

    profile.instances.reserve(drafts.size());
    for (Draft& draft : drafts) profile.instances.push_back(std::move(draft.planned));
    std::ranges::stable_sort(profile.instances, {}, writing_order);
    profile.variables = variables_of(profile.instances);
    return profile;
}

}  // namespace provisioning
