#include "provisioning/model/definitions.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <limits>
#include <string>

#include "provisioning/model/definitions_tables.h"

namespace model {
namespace {

constexpr std::int64_t int_min = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t int_max = std::numeric_limits<std::int64_t>::max();

tables::Range widest(ResourceType type) {
    switch (type) {
        case ResourceType::text:
        case ResourceType::core_link:
        case ResourceType::opaque:
            return {0, longest_value};
        case ResourceType::unsigned_integer:
            return {0, int_max};
        case ResourceType::integer:
        case ResourceType::floating:
        case ResourceType::time:
            return {int_min, int_max};
        case ResourceType::boolean:
        case ResourceType::object_link:
        case ResourceType::none:
            break;
    }
    return {};
}

ResourceDefinition definition_of(const tables::Row& row) {
    const bool is_bounded = row.range.lowest != 0 || row.range.highest != 0;
    const auto range = is_bounded ? row.range : widest(row.type);
    const auto has = [&](tables::Traits trait) { return (row.traits & trait) != 0; };
    return {row.id,
            std::string(row.name),
            row.type,
            has(tables::multiple),
            has(tables::mandatory),
            range.lowest,
            range.highest,
            range.step,
            has(tables::sensitive),
            has(tables::read_only)};
}

ObjectDefinition definition_of(const tables::Object& object, const tables::Edition& edition) {
    ObjectDefinition definition;
    definition.id = object.id;
    definition.name = object.name;
    definition.version = edition.version;
    definition.since = edition.since;
    definition.multiple = edition.instances == tables::many;
    for (const tables::Row& row : object.rows)
        if (row.first <= edition.version && edition.version <= row.last)
            definition.resources.push_back(definition_of(row));
    return definition;
}

// Lower case, runs of spaces as one.
std::string normalised(std::string_view name) {
    std::string result;
    for (const char c : name) {
        if (c == ' ' && (result.empty() || result.back() == ' ')) continue;
        result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return result;
}

}  // namespace

const ResourceDefinition* ObjectDefinition::find(ResourceId resource) const {
    const auto found = std::find_if(resources.begin(), resources.end(),
                                    [&](const auto& each) { return each.id == resource; });
    return found == resources.end() ? nullptr : &*found;
}

const ResourceDefinition* ObjectDefinition::find(std::string_view resource) const {
    const std::string wanted = normalised(resource);
    const auto found = std::find_if(resources.begin(), resources.end(), [&](const auto& each) {
        return normalised(each.name) == wanted;
    });
    return found == resources.end() ? nullptr : &*found;
}

Definitions Definitions::built_in() {
    Definitions definitions;
    for (const auto& list :
         {tables::accounts(), tables::device(), tables::networks(), tables::applications()})
        for (const tables::Object& object : list)
            for (const tables::Edition& edition : object.editions)
                definitions.objects_[{object.id, edition.version}] =
                    std::make_shared<const ObjectDefinition>(definition_of(object, edition));
    return definitions;
}

void Definitions::add(ObjectDefinition definition) {
    for (const Pointer& known : versions(definition.id))
        for (ResourceDefinition& resource : definition.resources) {
            const auto* same = known->find(resource.id);
            if (same != nullptr && same->sensitive) resource.sensitive = true;
        }
    const auto key = std::pair(definition.id, definition.version);
    objects_[key] = std::make_shared<const ObjectDefinition>(std::move(definition));
}

Definitions::Pointer Definitions::find(ObjectId object, ObjectVersion version) const {
    const auto found = objects_.find({object, version});
    return found == objects_.end() ? nullptr : found->second;
}

Definitions::Pointer Definitions::find(ObjectId object, Enabler enabler) const {
    Pointer newest;
    for (const Pointer& each : versions(object))
        if (each->since <= enabler) newest = each;
    return newest;
}

std::vector<Definitions::Pointer> Definitions::versions(ObjectId object) const {
    std::vector<Pointer> all;
    for (auto it = objects_.lower_bound({object, ObjectVersion{0, 0}});
         it != objects_.end() && it->first.first == object; ++it)
        all.push_back(it->second);
    return all;
}

std::optional<ObjectId> Definitions::object_called(std::string_view name) const {
    const std::string wanted = normalised(name);
    for (const auto& [key, definition] : objects_)
        if (normalised(definition->name) == wanted) return key.first;
    return std::nullopt;
}

std::optional<ObjectVersion> ObjectVersion::from(std::string_view text) {
    ObjectVersion version;
    const auto dot = text.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto number = [](std::string_view digits, std::uint16_t& out) {
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), out);
        return error == std::errc{} && end == digits.data() + digits.size();
    };
    if (!number(text.substr(0, dot), version.major) || !number(text.substr(dot + 1), version.minor))
        return std::nullopt;
    return version;
}

std::string ObjectVersion::to_string() const {
    return std::to_string(major) + "." + std::to_string(minor);
}

}  // namespace model
