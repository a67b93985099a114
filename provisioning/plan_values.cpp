#include "provisioning/plan_values.h"

#include <utility>

#include "provisioning/model/objects.h"
#include "provisioning/octets.h"
#include "provisioning/resource_value.h"
#include "provisioning/security_keys.h"
#include "provisioning/server_uri.h"

namespace provisioning {
namespace {

namespace security = model::security;

std::string place(const PlannedInstance& planned, model::ResourceId resource) {
    return planned.pointer + ", Resource " + std::to_string(resource);
}

class Resolver {
  public:
    Resolver(const PlannedInstance& planned, const Device& device, const InstanceIds& ids,
             wire::Random& random, const Issued* issued)
        : planned_(planned), device_(device), ids_(ids), random_(random), issued_(issued) {}

    // False: problem() says why not.
    bool value(model::ResourceId resource, const TemplateValue& from, model::Value& into) {
        if (const auto* one = std::get_if<TemplateSingle>(&from))
            return single(resource, *one, into.emplace<model::Single>());
        auto& several = into.emplace<model::Multiple>();
        for (const auto& [id, each] : std::get<std::map<std::uint16_t, TemplateSingle>>(from))
            if (!single(resource, each, several[id])) return false;
        return true;
    }

    std::string problem() && { return std::move(problem_); }

  private:
    bool single(model::ResourceId resource, const TemplateSingle& from, model::Single& into) {
        if (const auto* literal = std::get_if<model::Single>(&from)) {
            into = *literal;
            return true;
        }
        if (const auto* link = std::get_if<LabelledLink>(&from))
            return labelled(resource, *link, into);
        auto expanded = expand(std::get<Template>(from), device_, random_, issued_);
        if (const auto* error = std::get_if<TemplateError>(&expanded))
            return fails(place(planned_, resource) + ": " + error->message + "; " + error->remedy);
        into = std::get<model::Single>(std::move(expanded));
        const auto* definition =
            planned_.definition ? planned_.definition->find(resource) : nullptr;
        const auto remedy = definition != nullptr ? out_of_range(into, *definition) : std::nullopt;
        if (remedy)
            return fails(place(planned_, resource) + " is out of range for this device; " +
                         *remedy);
        return true;
    }

    bool labelled(model::ResourceId resource, const LabelledLink& link, model::Single& into) {
        const auto id = ids_.find(link.object, link.label);
        if (!id)
            return fails(place(planned_, resource) + " links to {" + link.label +
                         "}, an instance that is never written");
        into = model::ObjectLink{link.object, *id};
        return true;
    }

    bool fails(std::string problem) {
        problem_ = std::move(problem);
        return false;
    }

    const PlannedInstance& planned_;
    const Device& device_;
    const InstanceIds& ids_;
    wire::Random& random_;
    const Issued* issued_;
    std::string problem_;
};

template <class T>
T* single_of(model::Resources& resources, model::ResourceId resource) {
    return const_cast<T*>(provisioning::single_of<T>(std::as_const(resources), resource));
}

// Keys that came out of templates; literal ones are as they shall be since the profile was loaded.
std::optional<std::string> settle(const PlannedInstance& planned, model::Resources& resources) {
    if (planned.object != model::object::security) return std::nullopt;
    const auto* mode = single_of<std::int64_t>(resources, security::security_mode);
    if (mode == nullptr) return std::nullopt;
    SecurityKeys keys;
    keys.mode = static_cast<security::Mode>(*mode);
    keys.own = single_of<model::Opaque>(resources, security::public_key_or_identity);
    keys.server = single_of<model::Opaque>(resources, security::server_public_key);
    keys.secret = single_of<model::Secret>(resources, security::secret_key);
    if (const auto* matching = single_of<std::int64_t>(resources, security::matching_type))
        keys.matching_type = *matching;
    if (const auto* usage = single_of<std::int64_t>(resources, security::certificate_usage))
        keys.certificate_usage = *usage;
    const auto faults = settle_keys(keys, std::nullopt);
    if (faults.empty()) return std::nullopt;
    const KeyFault& fault = faults.front();
    return place(planned, fault.resource) + " " + fault.message + ", for this device; " +
           fault.remedy;
}

}  // namespace

std::variant<model::Resources, std::string> resolve_values(const PlannedInstance& planned,
                                                           const Device& device,
                                                           const InstanceIds& ids,
                                                           wire::Random& random,
                                                           const Issued* issued) {
    model::Resources resources;
    Resolver resolver(planned, device, ids, random, issued);
    for (const auto& [resource, value] : planned.resources)
        if (!resolver.value(resource, value, resources[resource]))
            return std::move(resolver).problem();
    if (auto problem = settle(planned, resources)) return std::move(*problem);
    return resources;
}

std::optional<std::string> check_security_values(const PlannedInstance& planned,
                                                 const model::Resources& resources) {
    const auto* number = single_of<std::int64_t>(resources, security::security_mode);
    if (number == nullptr) return std::nullopt;
    const auto mode = static_cast<security::Mode>(*number);
    if (const auto* uri = single_of<std::string>(resources, security::server_uri))
        if (const auto error = check_server_uri(*uri, mode))
            return place(planned, security::server_uri) + " " + std::string(message(*error)) +
                   " for this device; " + std::string(remedy(*error));
    const auto* sni = single_of<std::string>(resources, security::sni);
    if (sni != nullptr && !is_host_name(*sni))
        return place(planned, security::sni) + " is no host name for this device";
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

}  // namespace provisioning
