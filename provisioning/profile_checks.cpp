#include <algorithm>
#include <array>

#include "provisioning/octets.h"
#include "provisioning/profile_parts.h"
#include "provisioning/resource_value.h"
#include "provisioning/server_uri.h"

namespace provisioning {
namespace {

using document::Node;
namespace security = model::security;
namespace server = model::server;

constexpr model::ResourceId public_key_resources[] = {
    security::public_key_or_identity, security::server_public_key, security::secret_key};

void missing(const Node& root, const Draft& draft, model::ResourceId resource) {
    if (draft.partial || draft.has(resource) || draft.told.contains(resource)) return;
    root.problem_elsewhere(draft.place(resource), "is missing", "add it");
}

// Mandatory Resources, LwM2M Core appendix E; those of the keys depend on the Security Mode.
void check_mandatory(const Node& root, const Draft& draft) {
    const auto& object = draft.planned.definition;
    if (!object) return;
    const bool is_security = draft.planned.object == model::object::security;
    for (const model::ResourceDefinition& resource : object->resources) {
        const bool is_key =
            is_security && std::ranges::count(public_key_resources, resource.id) > 0;
        if (resource.mandatory && resource.type != model::ResourceType::none && !is_key)
            missing(root, draft, resource.id);
    }
}

// The Resources 3, 4, 5 that a Security Mode uses.
std::vector<model::ResourceId> used_keys(security::Mode mode) {
    using namespace security;
    switch (mode) {
        case Mode::psk:
            return {public_key_or_identity, secret_key};
        case Mode::raw_public_key:
        case Mode::certificate:
            return {public_key_or_identity, server_public_key, secret_key};
        case Mode::est:
            return {server_public_key};
        case Mode::none:
            return {};
    }
    return {};
}

// Those unused are mandatory in the eyes of older devices, and left out from 1.2 on (appendix E.1).
void check_keys(const Node& root, EnablerVersion enabler, security::Mode mode, Draft& draft) {
    const auto used = used_keys(mode);
    for (const model::ResourceId resource : public_key_resources) {
        if (std::ranges::count(used, resource) > 0) {
            missing(root, draft, resource);
            const auto* value = draft.value(resource);
            const auto* literal = value != nullptr ? std::get_if<model::Single>(value) : nullptr;
            const auto length = literal != nullptr ? octets_of(*literal) : std::nullopt;
            if (length && *length == 0)
                root.problem_elsewhere(draft.place(resource), "is empty",
                                       "a device refuses that; write the octets");
            continue;
        }
        if (enabler == EnablerVersion::v1_2 || draft.partial || draft.has(resource)) continue;
        draft.planned.resources.emplace(resource,
                                        resource == security::secret_key
                                            ? TemplateSingle(model::Single(model::Secret()))
                                            : TemplateSingle(model::Single(model::Opaque())));
    }
    if (mode != security::Mode::psk) return;
    const auto* identity = draft.literal<model::Opaque>(security::public_key_or_identity);
    if (identity != nullptr && identity->octets.size() > max_psk_identity)
        root.problem_elsewhere(draft.place(security::public_key_or_identity),
                               "is longer than 128 octets", "write a PSK identity of 1 to 128");
    const auto* key = draft.literal<model::Secret>(security::secret_key);
    if (key != nullptr && key->size() > max_psk_key)
        root.problem_elsewhere(draft.place(security::secret_key), "is longer than 64 octets",
                               "write a PSK key of 1 to 64 octets");
}

void check_uri(const Node& root, EnablerVersion enabler, security::Mode mode, const Draft& draft) {
    const auto* value = draft.value(security::server_uri);
    if (value == nullptr) return;
    std::string_view text;
    std::optional<UriErrc> error;
    if (const auto* literal = draft.literal<std::string>(security::server_uri)) {
        text = *literal;
        error = check_server_uri(text, mode);
    } else if (const auto* open = std::get_if<Template>(value)) {
        text = open->text;
        text = text.substr(0, text.find("${"));
        error = check_server_uri_scheme(text, mode);
    }
    const std::string& place = draft.place(security::server_uri);
    if (error)
        root.problem_elsewhere(place, std::string(message(*error)), std::string(remedy(*error)));
    else if (enabler == EnablerVersion::v1_0 && text.substr(0, text.find(':')).ends_with("+tcp"))
        root.problem_elsewhere(place, "is a URI of CoAP over TCP, which came with LwM2M 1.1",
                               "write a coap or coaps URI, or a later \"enabler\"");
}

void check_security(const Node& root, EnablerVersion enabler, Draft& draft) {
    const auto* is_bootstrap = draft.literal<bool>(security::bootstrap_server);
    if (is_bootstrap != nullptr && *is_bootstrap) {
        root.problem_elsewhere(draft.place(security::bootstrap_server),
                               "would be a second Bootstrap-Server account: the device keeps the "
                               "one that it came with",
                               "remove the instance, or write false");
        return;
    }
    missing(root, draft, security::short_server_id);
    const auto* number = draft.literal<std::int64_t>(security::security_mode);
    if (number == nullptr) return;
    const auto mode = static_cast<security::Mode>(*number);
    check_keys(root, enabler, mode, draft);
    check_uri(root, enabler, mode, draft);
}

// LwM2M 1.0 §5.3.1.1; from 1.1 on the letters of the bindings, each once (Core §6.2.1.2).
bool is_binding(std::string_view text, EnablerVersion enabler) {
    if (enabler == EnablerVersion::v1_0) {
        constexpr std::array<std::string_view, 6> known = {"U", "UQ", "S", "SQ", "US", "UQS"};
        return std::ranges::count(known, text) > 0;
    }
    const std::string_view letters = enabler == EnablerVersion::v1_1 ? "UTSN" : "UTSNMH";
    for (std::size_t i = 0; i < text.size(); ++i)
        if (letters.find(text[i]) == std::string_view::npos ||
            text.find(text[i], i + 1) != std::string_view::npos)
            return false;
    return !text.empty();
}

void check_server(const Node& root, EnablerVersion enabler, const Draft& draft) {
    const auto* binding = draft.literal<std::string>(server::binding);
    if (binding == nullptr || is_binding(*binding, enabler)) return;
    root.problem_elsewhere(draft.place(server::binding), "is no binding of the profile's enabler",
                           enabler == EnablerVersion::v1_0
                               ? "write \"U\", \"UQ\", \"S\", \"SQ\", \"US\" or \"UQS\""
                               : "write letters as in \"U\" or \"UT\", each once; from "
                                 "1.1 on queue mode is the device's own choice");
}

bool is_bootstrap_account(const Draft& draft) {
    const auto* value = draft.literal<bool>(security::bootstrap_server);
    return draft.planned.object == model::object::security && value != nullptr && *value;
}

// The drafts of an Object by their Short Server IDs; one that is there twice is told, once for the
// two instances of an entry of "servers", which share the place.
std::map<std::int64_t, const Draft*> by_short_server_id(const Node& root,
                                                        const std::vector<Draft>& drafts,
                                                        model::ObjectId object,
                                                        model::ResourceId resource,
                                                        std::set<std::string>& told) {
    std::map<std::int64_t, const Draft*> found;
    for (const Draft& draft : drafts) {
        if (draft.planned.object != object || is_bootstrap_account(draft)) continue;
        const auto* id = draft.literal<std::int64_t>(resource);
        if (id == nullptr) continue;
        const auto [twin, is_new] = found.emplace(*id, &draft);
        if (!is_new && told.insert(draft.place(resource)).second)
            root.problem_elsewhere(
                draft.place(resource),
                "is the Short Server ID of " + twin->second->planned.pointer + " already",
                "give every server its own, from 1 to 65534");
    }
    return found;
}

// Whether the halves of the accounts cannot be matched yet: one has no Short Server ID that could
// be read, or is called the Bootstrap-Server's. That is what has to be put right first.
bool has_broken(const std::vector<Draft>& drafts, model::ObjectId object,
                model::ResourceId resource) {
    return std::ranges::any_of(drafts, [&](const Draft& draft) {
        return draft.planned.object == object && (draft.unreadable || is_bootstrap_account(draft) ||
                                                  draft.literal<std::int64_t>(resource) == nullptr);
    });
}

// Devices do not notice when one half of an account is missing, and come back for ever.
void check_accounts(const Node& root, const Profile& profile, const std::vector<Draft>& drafts) {
    using model::object::security;
    using model::object::server;
    constexpr auto in_security = model::security::short_server_id;
    constexpr auto in_server = model::server::short_server_id;
    std::set<std::string> told;
    const auto securities = by_short_server_id(root, drafts, security, in_security, told);
    const auto servers = by_short_server_id(root, drafts, server, in_server, told);
    // Without Delete the other half may be on the device already.
    if (!profile.delete_all || has_broken(drafts, security, in_security) ||
        has_broken(drafts, server, in_server))
        return;
    for (const auto& [id, draft] : securities)
        if (!servers.contains(id))
            root.problem_elsewhere(
                draft->planned.pointer, "is a Security Instance without its Server Instance",
                "add the instance of /1 whose Resource 0 is " + std::to_string(id));
    for (const auto& [id, draft] : servers)
        if (!securities.contains(id))
            root.problem_elsewhere(
                draft->planned.pointer, "is a Server Instance without its Security Instance",
                "add the instance of /0 whose Resource 10 is " + std::to_string(id));
}

void check_any_server(const Node& root, const Profile& profile, const std::vector<Draft>& drafts) {
    if (!profile.delete_all) return;
    const bool has_account = std::ranges::any_of(drafts, [](const Draft& draft) {
        return draft.planned.object == model::object::security ||
               draft.planned.object == model::object::server;
    });
    const auto servers = root.member("servers");
    const auto objects = root.member("objects");
    const bool told = (servers && !servers->is_array()) || (objects && !objects->is_object());
    if (!has_account && !told)
        root.problem_at("/servers", "is missing: the device would be left without a LwM2M Server",
                        "add at least one server");
}

void check_instances(const Node& root, const Profile& profile, const std::vector<Draft>& drafts) {
    std::map<std::pair<model::ObjectId, model::InstanceId>, const Draft*> written;
    for (const Draft& draft : drafts) {
        const PlannedInstance& planned = draft.planned;
        if (planned.instance) {
            const auto [twin, is_new] =
                written.emplace(std::pair(planned.object, *planned.instance), &draft);
            if (!is_new)
                root.problem_elsewhere(
                    draft.instance_place,
                    "is " + model::Path(planned.object, *planned.instance).to_string() +
                        ", which " + twin->second->planned.pointer + " is already",
                    "give every instance its own id");
        } else if (!profile.discover &&
                   (planned.object == model::object::security || !profile.delete_all)) {
            root.problem_elsewhere(draft.instance_place,
                                   "is missing: without Discover nobody knows which ids are free",
                                   "write the instance's id, or \"discover\": true");
        }
    }
}

void check_access_control(const Node& root, const std::vector<Draft>& drafts) {
    using namespace model::access_control;
    std::map<std::pair<std::int64_t, std::int64_t>, const Draft*> found;
    for (const Draft& draft : drafts) {
        if (draft.planned.object != model::object::access_control) continue;
        const auto* object = draft.literal<std::int64_t>(object_id);
        const auto* instance = draft.literal<std::int64_t>(object_instance_id);
        if (object == nullptr || instance == nullptr) continue;
        const auto [twin, is_new] = found.emplace(std::pair(*object, *instance), &draft);
        if (!is_new)
            root.problem_elsewhere(draft.planned.pointer,
                                   "is about the same instance as " + twin->second->planned.pointer,
                                   "join the two");
    }
}

}  // namespace

void check_instance(const Node& root, EnablerVersion enabler, Draft& draft) {
    if (draft.unreadable) return;
    check_mandatory(root, draft);
    if (draft.planned.object == model::object::security) check_security(root, enabler, draft);
    if (draft.planned.object == model::object::server) check_server(root, enabler, draft);
}

void check_profile(const Node& root, const Profile& profile, std::vector<Draft>& drafts) {
    for (Draft& draft : drafts) check_instance(root, profile.enabler, draft);
    check_accounts(root, profile, drafts);
    check_any_server(root, profile, drafts);
    check_instances(root, profile, drafts);
    check_access_control(root, drafts);
    if (!profile.discover && !profile.delete_all)
        root.problem_at("/deleteAll",
                        "is false, and so is \"discover\": the first operation would carry keys to "
                        "whoever asked",
                        "write true for one of them");
}

}  // namespace provisioning
