#include "provisioning/profile_checks.h"

#include <algorithm>
#include <array>

#include "provisioning/octets.h"
#include "provisioning/profile_parts.h"
#include "provisioning/resource_value.h"
#include "provisioning/security_keys.h"
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
    // Some devices merge what is written into an instance, some replace it.
    root.problem_elsewhere(
        draft.place(resource), "is missing",
        draft.by_operation ? "add it, or write single Resources, as in \"" +
                                 model::Path(draft.planned.object, 0, resource).to_string() + "\""
                           : "add it");
}

// Device to Lock and Wipe: a device has them of its own accord, and a bootstrap sets a Resource or
// two of theirs.
bool is_the_devices_own(model::ObjectId object) {
    constexpr model::ObjectId lock_and_wipe = 8;
    return object >= model::object::device && object <= lock_and_wipe;
}

// Mandatory Resources, LwM2M Core appendix E, but for what the device fills in itself; those of
// the keys depend on the Security Mode.
void check_mandatory(const Node& root, const Draft& draft) {
    const auto& object = draft.planned.definition;
    if (!object || is_the_devices_own(object->id)) return;
    const bool is_security = object->id == model::object::security;
    for (const model::ResourceDefinition& resource : object->resources) {
        const bool is_key =
            is_security && std::ranges::count(public_key_resources, resource.id) > 0;
        if (resource.mandatory && resource.type != model::ResourceType::none && !is_key &&
            !resource.read_only)
            missing(root, draft, resource.id);
    }
}

// In the Objects of OMA itself a Resource that servers only read is the device's to fill in; a
// vendor may well mean it for the bootstrap.
void check_read_only(const Node& root, const Draft& draft) {
    constexpr model::ObjectId first_of_others = 1024;
    const auto& object = draft.planned.definition;
    if (!object || object->id >= first_of_others) return;
    for (const auto& [id, value] : draft.planned.resources) {
        const auto* resource = object->find(id);
        if (resource != nullptr && resource->read_only)
            root.problem_elsewhere(draft.place(id), "is filled in by the device itself",
                                   "remove it");
    }
}

void check_single_instance(const Node& root, const Draft& draft) {
    const auto& object = draft.planned.definition;
    if (!object || object->multiple || draft.planned.instance == model::InstanceId{0}) return;
    root.problem_elsewhere(draft.instance_place,
                           "is another instance than 0, but " + object->name + " " +
                               object->version.to_string() + " has a single one",
                           "write \"/" + std::to_string(object->id) + "/0\"");
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

void check_uri(const Node& root, EnablerVersion enabler, std::optional<security::Mode> mode,
               const TemplateSingle& value, const std::string& place) {
    std::string_view text;
    std::optional<UriErrc> error;
    // Without a mode it may be meant for keys or for none.
    const auto check = [&](auto checked_by) {
        error = checked_by(text, mode.value_or(security::Mode::psk));
        if (error && !mode) error = checked_by(text, security::Mode::none);
    };
    const auto* literal = std::get_if<model::Single>(&value);
    if (const auto* written = literal != nullptr ? std::get_if<std::string>(literal) : nullptr) {
        text = *written;
        check(check_server_uri);
    } else if (const auto* open = std::get_if<Template>(&value)) {
        text = open->text;
        text = text.substr(0, text.find("${"));
        check(check_server_uri_scheme);
    }
    if (error)
        root.problem_elsewhere(place, std::string(message(*error)), std::string(remedy(*error)));
    else if (enabler == EnablerVersion::v1_0 && text.substr(0, text.find(':')).ends_with("+tcp"))
        root.problem_elsewhere(place, "is a URI of CoAP over TCP, which came with LwM2M 1.1",
                               "write a coap or coaps URI, or a later \"enabler\"");
}

void check_uris(const Node& root, EnablerVersion enabler, std::optional<security::Mode> mode,
                const Draft& draft) {
    if (const auto* uri = draft.value(security::server_uri))
        check_uri(root, enabler, mode, *uri, draft.place(security::server_uri));
    constexpr model::ResourceId secondary_uris = 25;
    const auto found = draft.planned.resources.find(secondary_uris);
    if (found == draft.planned.resources.end()) return;
    if (const auto* several = std::get_if<std::map<std::uint16_t, TemplateSingle>>(&found->second))
        for (const auto& [id, uri] : *several)
            check_uri(root, enabler, mode, uri,
                      draft.place(secondary_uris) + "/" + std::to_string(id));
}

// Whatever is at hand of the keys; templates are looked at once they are filled in.
void check_key_values(const Node& root, const Basis& basis, security::Mode mode, Draft& draft) {
    SecurityKeys keys;
    keys.mode = mode;
    keys.own = draft.literal<model::Opaque>(security::public_key_or_identity);
    keys.server = draft.literal<model::Opaque>(security::server_public_key);
    keys.secret = draft.literal<model::Secret>(security::secret_key);
    if (const auto* matching = draft.literal<std::int64_t>(security::matching_type))
        keys.matching_type = *matching;
    if (const auto* usage = draft.literal<std::int64_t>(security::certificate_usage))
        keys.certificate_usage = *usage;
    for (KeyFault& fault : settle_keys(keys, basis.now))
        root.problem_elsewhere(draft.place(fault.resource), std::move(fault.message),
                               std::move(fault.remedy));
}

// Without the Security Mode nobody knows what form a device wants it in.
void check_no_pem(const Node& root, const Draft& draft) {
    constexpr std::string_view mark = "-----BEGIN ";
    for (const model::ResourceId resource : public_key_resources) {
        const auto* opaque = draft.literal<model::Opaque>(resource);
        const auto* secret = draft.literal<model::Secret>(resource);
        const wire::BytesView octets = opaque != nullptr   ? wire::BytesView(opaque->octets)
                                       : secret != nullptr ? secret->reveal()
                                                           : wire::BytesView();
        if (wire::as_text(octets).starts_with(mark))
            root.problem_elsewhere(draft.place(resource), "is a PEM, which no device reads",
                                   "write the whole instance, or the DER");
    }
}

void check_sni(const Node& root, const Draft& draft) {
    const auto* sni = draft.literal<std::string>(security::sni);
    if (sni == nullptr || is_host_name(*sni)) return;
    root.problem_elsewhere(draft.place(security::sni), "is no host name",
                           "write one as in \"dm.example.com\", or remove it");
}

void check_security(const Node& root, const Basis& basis, Draft& draft) {
    const EnablerVersion enabler = basis.enabler;
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
    if (number == nullptr) {
        if (draft.partial) {
            check_uris(root, enabler, std::nullopt, draft);
            check_no_pem(root, draft);
        }
        return;
    }
    const auto mode = static_cast<security::Mode>(*number);
    check_keys(root, enabler, mode, draft);
    check_key_values(root, basis, mode, draft);
    check_sni(root, draft);
    check_uris(root, enabler, mode, draft);
}

std::string_view letters_of(EnablerVersion enabler) {
    return enabler == EnablerVersion::v1_1 ? "UTSN" : "UTSNMH";
}

// LwM2M 1.0 §5.3.1.1; from 1.1 on the letters of the bindings, each once (Core §6.2.1.2).
bool is_binding(std::string_view text, EnablerVersion enabler) {
    if (enabler == EnablerVersion::v1_0) {
        constexpr std::array<std::string_view, 6> known = {"U", "UQ", "S", "SQ", "US", "UQS"};
        return std::ranges::count(known, text) > 0;
    }
    const std::string_view letters = letters_of(enabler);
    for (std::size_t i = 0; i < text.size(); ++i)
        if (letters.find(text[i]) == std::string_view::npos ||
            text.find(text[i], i + 1) != std::string_view::npos)
            return false;
    return !text.empty();
}

void check_binding(const Node& root, EnablerVersion enabler, const Draft& draft) {
    const auto* binding = draft.literal<std::string>(server::binding);
    if (binding == nullptr || is_binding(*binding, enabler)) return;
    root.problem_elsewhere(draft.place(server::binding), "is no binding of the profile's enabler",
                           enabler == EnablerVersion::v1_0
                               ? "write \"U\", \"UQ\", \"S\", \"SQ\", \"US\" or \"UQS\""
                               : "write letters as in \"U\" or \"UT\", each once; from "
                                 "1.1 on queue mode is the device's own choice");
}

void check_preferred_transport(const Node& root, EnablerVersion enabler, const Draft& draft) {
    constexpr model::ResourceId preferred_transport = 22;
    const auto* preferred = draft.literal<std::string>(preferred_transport);
    const auto letters = letters_of(enabler);
    if (preferred == nullptr ||
        (preferred->size() == 1 && letters.find(preferred->front()) != std::string_view::npos))
        return;
    root.problem_elsewhere(draft.place(preferred_transport), "is no letter of a binding",
                           "write one of the letters " + std::string(letters));
}

void check_periods(const Node& root, const Draft& draft) {
    const auto* shortest = draft.literal<std::int64_t>(server::default_minimum_period);
    const auto* longest = draft.literal<std::int64_t>(server::default_maximum_period);
    if (shortest == nullptr || longest == nullptr || *longest == 0 || *longest >= *shortest) return;
    root.problem_elsewhere(draft.place(server::default_maximum_period),
                           "is shorter than the Default Minimum Period",
                           "write " + std::to_string(*shortest) + " or more, or 0 for none");
}

}  // namespace

void check_instance(const Node& root, const Basis& basis, Draft& draft) {
    const EnablerVersion enabler = basis.enabler;
    if (draft.unreadable) return;
    check_single_instance(root, draft);
    check_mandatory(root, draft);
    check_read_only(root, draft);
    if (draft.planned.object == model::object::security) check_security(root, basis, draft);
    if (draft.planned.object != model::object::server) return;
    check_binding(root, enabler, draft);
    check_preferred_transport(root, enabler, draft);
    check_periods(root, draft);
}

}  // namespace provisioning
