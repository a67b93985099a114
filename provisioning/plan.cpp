#include "provisioning/plan.h"

#include <algorithm>
#include <set>

#include "provisioning/instance_ids.h"
#include "provisioning/octets.h"
#include "provisioning/resource_value.h"
#include "provisioning/server_uri.h"

namespace provisioning {
namespace {

namespace security = model::security;

std::string place(const PlannedInstance& planned, model::ResourceId resource) {
    return planned.pointer + ", Resource " + std::to_string(resource);
}

// What a template became must keep to what is checked of literal values when a profile is loaded.
std::optional<std::string> check_expanded(const PlannedInstance& planned,
                                          model::ResourceId resource, const model::Single& value) {
    const auto* definition = planned.definition ? planned.definition->find(resource) : nullptr;
    if (definition == nullptr) return std::nullopt;
    if (const auto remedy = out_of_range(value, *definition))
        return place(planned, resource) + " is out of range for this device; " + *remedy;
    return std::nullopt;
}

std::variant<model::Single, PlanImpossible> resolve(const PlannedInstance& planned,
                                                    model::ResourceId resource,
                                                    const TemplateSingle& from,
                                                    const Device& device, wire::Random& random) {
    if (const auto* literal = std::get_if<model::Single>(&from)) return *literal;
    if (const auto* link = std::get_if<LabelledLink>(&from))
        return PlanImpossible{place(planned, resource) + " links to {" + link->label +
                              "}, which is not in the profile"};
    auto expanded = expand(std::get<Template>(from), device, random);
    if (const auto* error = std::get_if<TemplateError>(&expanded))
        return PlanImpossible{place(planned, resource) + ": " + error->message + "; " +
                              error->remedy};
    auto& value = std::get<model::Single>(expanded);
    if (auto problem = check_expanded(planned, resource, value))
        return PlanImpossible{std::move(*problem)};
    return std::move(value);
}

std::variant<model::Resources, PlanImpossible> resolve(const PlannedInstance& planned,
                                                       const Device& device, wire::Random& random) {
    model::Resources resources;
    for (const auto& [resource, value] : planned.resources) {
        if (const auto* single = std::get_if<TemplateSingle>(&value)) {
            auto resolved = resolve(planned, resource, *single, device, random);
            if (auto* impossible = std::get_if<PlanImpossible>(&resolved))
                return std::move(*impossible);
            resources.emplace(resource, std::get<model::Single>(std::move(resolved)));
            continue;
        }
        model::Multiple instances;
        for (const auto& [id, each] : std::get<std::map<std::uint16_t, TemplateSingle>>(value)) {
            auto resolved = resolve(planned, resource, each, device, random);
            if (auto* impossible = std::get_if<PlanImpossible>(&resolved))
                return std::move(*impossible);
            instances.emplace(id, std::get<model::Single>(std::move(resolved)));
        }
        resources.emplace(resource, std::move(instances));
    }
    return resources;
}

template <class T>
const T* single_of(const model::Resources& resources, model::ResourceId resource) {
    const auto found = resources.find(resource);
    const auto* single =
        found != resources.end() ? std::get_if<model::Single>(&found->second) : nullptr;
    return single != nullptr ? std::get_if<T>(single) : nullptr;
}

// A Security Instance with everything filled in: URI against mode, lengths of the credentials.
std::optional<std::string> check_security(const PlannedInstance& planned,
                                          const model::Resources& resources) {
    const auto* number = single_of<std::int64_t>(resources, security::security_mode);
    if (number == nullptr) return std::nullopt;
    const auto mode = static_cast<security::Mode>(*number);
    if (const auto* uri = single_of<std::string>(resources, security::server_uri))
        if (const auto error = check_server_uri(*uri, mode))
            return place(planned, security::server_uri) + " " + std::string(message(*error)) +
                   " for this device; " + std::string(remedy(*error));
    if (mode != security::Mode::psk) return std::nullopt;
    const auto* identity = single_of<model::Opaque>(resources, security::public_key_or_identity);
    if (identity != nullptr &&
        (identity->octets.empty() || identity->octets.size() > max_psk_identity))
        return place(planned, security::public_key_or_identity) +
               " is no PSK identity for this device; it has 1 to 128 octets";
    const auto* key = single_of<model::Secret>(resources, security::secret_key);
    if (key != nullptr && (key->empty() || key->size() > max_psk_key))
        return place(planned, security::secret_key) +
               " is no PSK key for this device; it has 1 to 64 octets";
    return std::nullopt;
}

// Objects of the enabler itself: without `ver` they are in the enabler's version, not in 1.0
// (LwM2M Core §7.2.3).
bool is_of_the_enabler(model::ObjectId object) {
    return object <= 7 || object == model::object::oscore;
}

// An Object that the device has in another version than the profile was written for.
std::optional<std::string> check_version(const PlannedInstance& planned,
                                         const model::Discovered& told) {
    if (!planned.object_version) return std::nullopt;
    bool is_listed = false;
    std::optional<std::string> version;
    for (const model::DiscoveredLink& link : told.links) {
        if (link.path.object() != planned.object) continue;
        is_listed = true;
        if (link.version) version = link.version;
    }
    if (!version && is_listed && !is_of_the_enabler(planned.object)) version = "1.0";
    if (!version || *version == *planned.object_version) return std::nullopt;
    return "the device has Object " + std::to_string(planned.object) + " in version " + *version +
           ", but " + planned.pointer + " is for version " + *planned.object_version;
}

int writing_rank(model::ObjectId object) {
    return std::min<int>(object, model::object::access_control + 1);
}

}  // namespace

std::vector<model::Path> first_discovers(const Profile& profile) {
    return profile.discover ? std::vector{model::Path()} : std::vector<model::Path>{};
}

model::ContentFormat session_format(const Profile& profile,
                                    std::optional<std::uint16_t> preferred) {
    const auto asked = preferred ? model::content_format_from(*preferred) : std::nullopt;
    if (asked && model::holds_instances(*asked)) return *asked;
    if (profile.content_format) return *profile.content_format;
    return profile.enabler == EnablerVersion::v1_2 ? model::ContentFormat::senml_cbor
                                                   : model::ContentFormat::tlv;
}

std::vector<std::string> review(const std::vector<Operation>&, const model::Discovered*) {
    return {};
}

std::variant<model::Objects, PlanImpossible> make_pack(const Profile&, const Device&, const Told&,
                                                       wire::Random&) {
    return PlanImpossible{"the profile has no pack"};
}

PlanResult make_plan(const Profile& profile, const Device& device, const Told& what_is_told,
                     wire::Random& random) {
    const model::Discovered* const told = what_is_told.discovered;
    std::vector<const PlannedInstance*> instances;
    for (const PlannedInstance& planned : profile.instances) instances.push_back(&planned);
    std::ranges::stable_sort(instances, {}, [](const PlannedInstance* planned) {
        return writing_rank(planned->object);
    });

    if (told != nullptr)
        for (const PlannedInstance* planned : instances)
            if (auto reason = check_version(*planned, *told))
                return PlanImpossible{std::move(*reason)};

    auto ids = choose_instance_ids(instances, profile.delete_all, told);
    if (auto* reason = std::get_if<std::string>(&ids)) return PlanImpossible{std::move(*reason)};
    const auto& chosen = std::get<std::vector<model::InstanceId>>(ids);

    std::vector<Operation> operations;
    if (profile.delete_all)
        operations.push_back({OperationKind::delete_, model::Path(), {}, {}, {}});
    for (std::size_t i = 0; i < instances.size(); ++i) {
        const PlannedInstance& planned = *instances[i];
        auto resolved = resolve(planned, device, random);
        if (auto* impossible = std::get_if<PlanImpossible>(&resolved))
            return std::move(*impossible);
        auto& resources = std::get<model::Resources>(resolved);
        if (planned.object == model::object::security)
            if (auto reason = check_security(planned, resources))
                return PlanImpossible{std::move(*reason)};
        operations.push_back({OperationKind::write,
                              model::Path(planned.object, chosen[i]),
                              {},
                              std::move(resources),
                              {}});
    }
    operations.push_back({});
    return Plan{std::move(operations), {}};
}

}  // namespace provisioning
