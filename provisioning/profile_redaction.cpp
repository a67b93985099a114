#include "provisioning/profile_redaction.h"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

#include "config/document/document.h"
#include "provisioning/model/objects.h"
#include "provisioning/model/path.h"
#include "provisioning/octets.h"
#include "provisioning/template.h"

namespace provisioning {
namespace {

using Json = nlohmann::ordered_json;

template <class Id>
std::optional<Id> id_from(std::string_view text) {
    Id id{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return id;
}

// "/0/{label}/5" → 0, "{label}", 5; what is missing is empty.
struct Place {
    std::optional<model::ObjectId> object;
    bool has_instance = false;
    std::string_view resource;
};

Place place_of(std::string_view path) {
    Place place;
    if (!path.starts_with('/')) return place;
    path.remove_prefix(1);
    const auto first = std::min(path.find('/'), path.size());
    place.object = id_from<model::ObjectId>(path.substr(0, first));
    path.remove_prefix(first);
    if (path.empty()) return place;
    place.has_instance = true;
    const auto second = path.find('/', 1);
    if (second != std::string_view::npos) place.resource = path.substr(second + 1);
    return place;
}

// Nothing but templates, whatever they will be read as.
bool is_open(const Json& value) {
    const auto* text = value.get_ptr<const std::string*>();
    if (text == nullptr) return false;
    std::string_view rest = *text;
    if (has_octets_prefix(rest)) rest.remove_prefix(rest.find(':') + 1);
    const auto parsed = parse_template(rest);
    const auto* parts = std::get_if<std::vector<TemplatePart>>(&parsed);
    return parts != nullptr && !parts->empty() &&
           std::ranges::none_of(*parts, [](const TemplatePart& part) {
               return part.kind == TemplatePart::Kind::literal;
           });
}

Json* member(Json& node, std::string_view key) {
    if (!node.is_object()) return nullptr;
    const auto found = node.find(key);
    return found == node.end() ? nullptr : &*found;
}
const Json* member(const Json* node, std::string_view key) {
    if (node == nullptr || !node->is_object()) return nullptr;
    const auto found = node->find(key);
    return found == node->end() ? nullptr : &*found;
}
const Json* element(const Json* list, std::size_t index) {
    if (list == nullptr || !list->is_array() || index >= list->size()) return nullptr;
    return &(*list)[index];
}

std::string below(const std::string& pointer, std::string_view key) {
    return pointer + "/" + document::escape_token(key);
}

// Goes through a profile and, beside it, through the stored one: `other` is null where that has
// nothing of the kind.
template <class Visit>
class Walk {
  public:
    Walk(const model::Definitions& definitions, Visit visit)
        : definitions_(definitions), visit_(visit) {}

    void profile(Json& root, const Json* other) {
        if (auto* list = member(root, "servers"); list != nullptr && list->is_array())
            for (std::size_t i = 0; i < list->size(); ++i)
                server((*list)[i], twin((*list)[i], member(other, "servers")),
                       "/servers/" + std::to_string(i));
        if (auto* account = member(root, "bootstrapAccount"))
            if (auto* key = member(*account, "key"))
                value(*key, member(member(other, "bootstrapAccount"), "key"), true,
                      "/bootstrapAccount/key");
        if (auto* objects = member(root, "objects"); objects != nullptr && objects->is_object())
            for (auto& [key, instance] : objects->items())
                resources(instance, member(member(other, "objects"), key), place_of(key).object,
                          below("/objects", key));
        for (const std::string_view key : {"operations", "onFinishRefused"})
            if (auto* list = member(root, key); list != nullptr && list->is_array())
                for (std::size_t i = 0; i < list->size(); ++i)
                    operation((*list)[i], element(member(other, key), i),
                              "/" + std::string(key) + "/" + std::to_string(i));
    }

  private:
    // Of another list of servers the one with the same Short Server ID.
    static const Json* twin(const Json& one, const Json* others) {
        const Json* id = member(&one, "shortServerId");
        if (id == nullptr || others == nullptr || !others->is_array()) return nullptr;
        for (const Json& each : *others) {
            const Json* its = member(&each, "shortServerId");
            if (its != nullptr && *its == *id) return &each;
        }
        return nullptr;
    }

    void server(Json& node, const Json* other, const std::string& pointer) {
        if (auto* security = member(node, "security"))
            for (const std::string_view name : {"key", "privateKey"})
                if (auto* key = member(*security, name))
                    value(*key, member(member(other, "security"), name), true,
                          below(pointer + "/security", name));
        if (auto* more = member(node, "securityResources"))
            resources(*more, member(other, "securityResources"), model::object::security,
                      pointer + "/securityResources");
        if (auto* more = member(node, "resources"))
            resources(*more, member(other, "resources"), model::object::server,
                      pointer + "/resources");
    }

    void operation(Json& node, const Json* other, const std::string& pointer) {
        const auto* write = member(node, "write");
        const auto* path =
            write != nullptr ? write->template get_ptr<const std::string*>() : nullptr;
        if (path == nullptr) return;
        const Json* its_write = member(other, "write");
        if (its_write == nullptr || *its_write != *write) other = nullptr;
        const Place place = place_of(*path);
        if (auto* all = member(node, "resources"))
            resources(*all, member(other, "resources"), place.object, pointer + "/resources");
        if (auto* one = member(node, "value"))
            value(*one, member(other, "value"), is_sensitive(place.object, place.resource),
                  pointer + "/value");
        auto* instances = member(node, "instances");
        if (instances == nullptr || !instances->is_object()) return;
        for (auto& [key, instance] : instances->items())
            resources(instance, member(member(other, "instances"), key), place.object,
                      below(pointer + "/instances", key));
    }

    void resources(Json& node, const Json* other, std::optional<model::ObjectId> object,
                   const std::string& pointer) {
        if (!node.is_object()) return;
        for (auto& [key, each] : node.items())
            value(each, member(other, key), is_sensitive(object, key), below(pointer, key));
    }

    bool is_sensitive(std::optional<model::ObjectId> object, std::string_view resource) const {
        if (!object) return false;
        const auto id = id_from<model::ResourceId>(resource);
        return std::ranges::any_of(definitions_.versions(*object), [&](const auto& version) {
            const auto* definition = id ? version->find(*id) : version->find(resource);
            return definition != nullptr && definition->sensitive;
        });
    }

    void value(Json& node, const Json* other, bool sensitive, const std::string& pointer) {
        if (!node.is_object()) {
            if (sensitive) visit_(node, other, pointer);
            return;
        }
        for (auto& [key, each] : node.items()) {
            const bool is_mark = node.size() == 1 && key == "secret";
            value(each, member(other, key), sensitive || is_mark, below(pointer, key));
        }
    }

    const model::Definitions& definitions_;
    Visit visit_;
};

std::optional<Json> parse(std::string_view text) {
    Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) return std::nullopt;
    return json;
}

std::string dump(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::optional<std::string> redacted_profile(std::string_view text,
                                            const model::Definitions& definitions) {
    auto json = parse(text);
    if (!json) return std::nullopt;
    Walk(definitions, [](Json& value, const Json*, const std::string&) {
        if (!is_open(value)) value = nullptr;
    }).profile(*json, nullptr);
    return dump(*json);
}

std::optional<KeptSecrets> keep_profile_secrets(std::string_view text, std::string_view stored,
                                                const model::Definitions& definitions) {
    auto json = parse(text);
    if (!json) return std::nullopt;
    const auto other = parse(stored);
    KeptSecrets kept;
    bool changed = false;
    Walk(definitions, [&](Json& value, const Json* its, const std::string& pointer) {
        if (!value.is_null()) return;
        if (its == nullptr || !its->is_string()) {
            kept.missing.push_back(pointer);
            return;
        }
        value = *its;
        changed = true;
    }).profile(*json, other ? &*other : nullptr);
    kept.text = changed ? dump(*json) : std::string(text);
    return kept;
}

}  // namespace provisioning
