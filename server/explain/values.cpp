#include "server/explain/values.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include <nlohmann/json.hpp>

#include "server/explain/names.h"

namespace explain {
namespace {

using Json = nlohmann::ordered_json;

bool reads_as_text(wire::BytesView octets) {
    return !octets.empty() && std::ranges::all_of(octets, [](std::uint8_t octet) {
        return octet >= 0x20 && octet < 0x7F;
    });
}

std::string_view type_of(const model::Single& value) {
    using model::ResourceType;
    struct {
        ResourceType operator()(const std::string&) const { return ResourceType::text; }
        ResourceType operator()(std::int64_t) const { return ResourceType::integer; }
        ResourceType operator()(double) const { return ResourceType::floating; }
        ResourceType operator()(bool) const { return ResourceType::boolean; }
        ResourceType operator()(const model::Opaque&) const { return ResourceType::opaque; }
        ResourceType operator()(const model::Secret& secret) const {
            return secret.kind() == model::Secret::Kind::text ? ResourceType::text
                                                              : ResourceType::opaque;
        }
        ResourceType operator()(const model::Time&) const { return ResourceType::time; }
        ResourceType operator()(const model::ObjectLink&) const {
            return ResourceType::object_link;
        }
    } type;
    return type_name(std::visit(type, value));
}

void put_octets(Json& row, wire::BytesView octets) {
    row["value"] = wire::to_hex(octets);
    if (reads_as_text(octets)) row["text"] = wire::as_text(octets);
}

void put_value(Json& row, const model::Single& value) {
    std::visit(
        [&](const auto& what) {
            using T = std::decay_t<decltype(what)>;
            if constexpr (std::is_same_v<T, model::Opaque>) {
                put_octets(row, what.octets);
            } else if constexpr (std::is_same_v<T, model::Secret>) {
                if (what.kind() == model::Secret::Kind::text)
                    row["value"] = wire::as_text(what.reveal());
                else
                    put_octets(row, what.reveal());
            } else if constexpr (std::is_same_v<T, model::Time>) {
                row["value"] = what.seconds;
            } else if constexpr (std::is_same_v<T, model::ObjectLink>) {
                row["value"] = std::to_string(what.object) + ":" + std::to_string(what.instance);
            } else if constexpr (std::is_same_v<T, double>) {
                // JSON has neither infinities nor NaN.
                if (std::isfinite(what))
                    row["value"] = what;
                else
                    row["value"] = std::isnan(what) ? "NaN" : what < 0 ? "-infinity" : "infinity";
            } else {
                row["value"] = what;
            }
        },
        value);
}

// How a value is called that is not shown.
std::string masked(const model::Single& value) {
    std::optional<std::size_t> octets;
    if (const auto* secret = std::get_if<model::Secret>(&value)) octets = secret->size();
    if (const auto* text = std::get_if<std::string>(&value)) octets = text->size();
    if (const auto* opaque = std::get_if<model::Opaque>(&value)) octets = opaque->octets.size();
    return octets ? "(" + std::to_string(*octets) + " octets, secret)" : "(secret)";
}

class Rows {
  public:
    Rows(const DefinitionOf& definition_of, Secrets secrets)
        : definition_of_(definition_of), secrets_(secrets) {}

    Json take() { return std::move(rows_); }

    void add(model::ObjectId object, const model::Instances& instances) {
        for (const auto& [instance, resources] : instances) add(object, instance, resources);
    }
    void add(model::ObjectId object, model::InstanceId instance,
             const model::Resources& resources) {
        for (const auto& [resource, value] : resources) add(object, instance, resource, value);
    }
    void add(model::ObjectId object, model::InstanceId instance, model::ResourceId resource,
             const model::Value& value) {
        const auto* definition = definition_of_ ? definition_of_(object, resource) : nullptr;
        const std::string path = model::Path(object, instance, resource).to_string();
        if (const auto* single = std::get_if<model::Single>(&value)) {
            add(path, *single, definition);
            return;
        }
        for (const auto& [id, each] : std::get<model::Multiple>(value))
            add(path + "/" + std::to_string(id), each, definition);
    }

  private:
    void add(std::string path, const model::Single& value,
             const model::ResourceDefinition* definition) {
        Json row;
        row["path"] = std::move(path);
        if (definition != nullptr) row["name"] = definition->name;
        const std::string_view type =
            definition != nullptr ? type_name(definition->type) : std::string_view();
        row["type"] = type.empty() ? type_of(value) : type;
        const bool is_secret = std::holds_alternative<model::Secret>(value) ||
                               (definition != nullptr && definition->sensitive);
        if (is_secret) row["secret"] = true;
        if (is_secret && secrets_ == Secrets::masked)
            row["value"] = masked(value);
        else
            put_value(row, value);
        rows_.push_back(std::move(row));
    }

    const DefinitionOf& definition_of_;
    Secrets secrets_;
    Json rows_ = Json::array();
};

}  // namespace

nlohmann::ordered_json values_of(const model::Path& path, const lwm2m::Content& content,
                                 const DefinitionOf& definition_of, Secrets secrets) {
    Rows rows(definition_of, secrets);
    if (const auto* objects = std::get_if<model::Objects>(&content)) {
        for (const auto& [object, instances] : *objects) rows.add(object, instances);
    } else if (const auto* instances = std::get_if<model::Instances>(&content)) {
        if (path.object()) rows.add(*path.object(), *instances);
    } else if (const auto* resources = std::get_if<model::Resources>(&content)) {
        if (path.instance()) rows.add(*path.object(), *path.instance(), *resources);
    } else if (path.resource()) {
        rows.add(*path.object(), *path.instance(), *path.resource(),
                 std::get<model::Value>(content));
    }
    return rows.take();
}

}  // namespace explain
