#include "provisioning/ddf.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <map>
#include <pugixml.hpp>
#include <set>

#include "provisioning/folder.h"

// <LWM2M>
//   <Object>                              one or more
//     <Name/> <ObjectID/>
//     <LWM2MVersion/> <ObjectVersion/>    1.0 where they are absent or empty
//     <MultipleInstances/>                Multiple, Single
//     <Resources>
//       <Item ID="0">
//         <Name/>
//         <Operations/>                   R, W, RW, E, or empty: a bootstrap's alone
//         <MultipleInstances/>            Multiple, Single
//         <Mandatory/>                    Mandatory, Optional
//         <Type/>                         String, Integer, …; empty where it is executed
//         <RangeEnumeration/>
namespace provisioning {
namespace {

using model::ObjectDefinition;
using model::ResourceDefinition;
using model::ResourceType;

constexpr std::size_t max_name = 255;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const auto first = text.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

// An element and where it is. Each read complains of what is wrong.
class Element {
  public:
    Element(pugi::xml_node node, std::string place, std::string_view file,
            document::Problems& problems)
        : node_(node), place_(std::move(place)), file_(file), problems_(&problems) {}

    const pugi::xml_node& node() const { return node_; }
    Element child(const char* name) const {
        return {node_.child(name), place_ + "/" + name, file_, *problems_};
    }
    Element at(pugi::xml_node node, const std::string& step) const {
        return {node, place_ + "/" + step, file_, *problems_};
    }
    bool exists() const { return !node_.empty(); }
    std::string_view text() const { return trimmed(node_.text().get()); }

    void problem(std::string message, std::string remedy) const {
        problems_->push_back({std::string(file_), place_, std::move(message), std::move(remedy)});
    }

    std::string name() const {
        const auto found = text();
        if (found.empty())
            problem("is missing", "write the name");
        else if (found.size() > max_name)
            problem("is longer than 255 octets", "write a shorter name");
        // Names are wrapped here and there.
        std::string result(found);
        std::ranges::replace_if(
            result, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
        return result;
    }

    std::uint16_t number() const { return number_of(text()); }
    std::uint16_t attribute(const char* name) const {
        const Element written(node_, place_ + "/@" + name, file_, *problems_);
        return written.number_of(trimmed(node_.attribute(name).value()));
    }

    template <std::size_t count>
    std::size_t word(const std::array<std::string_view, count>& words) const {
        const auto found = std::ranges::find(words, text());
        if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
        std::string list;
        for (const auto& each : words)
            list += (list.empty() ? "\"" : ", \"") + std::string(each) + "\"";
        problem(text().empty() ? "is missing" : "is none of the words of the schema",
                "write one of " + list);
        return 0;
    }

  private:
    std::uint16_t number_of(std::string_view text) const {
        std::uint16_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        constexpr std::uint16_t reserved = std::numeric_limits<std::uint16_t>::max();
        if (text.empty())
            problem("is missing", "write a whole number from 0 to 65534");
        else if (error != std::errc{} || end != text.data() + text.size() || number == reserved)
            problem("is no id", "write a whole number from 0 to 65534");
        return number;
    }

    pugi::xml_node node_;
    std::string place_;
    std::string_view file_;
    document::Problems* problems_;
};

constexpr std::array<std::string_view, 2> instances = {"Single", "Multiple"};
constexpr std::array<std::string_view, 2> obligation = {"Optional", "Mandatory"};
constexpr std::array<std::string_view, 9> type_words = {"String",  "Integer", "Float",
                                                        "Boolean", "Opaque",  "Time",
                                                        "Objlnk",  "Corelnk", "Unsigned Integer"};
constexpr std::array<ResourceType, 9> types = {
    ResourceType::text,        ResourceType::integer,   ResourceType::floating,
    ResourceType::boolean,     ResourceType::opaque,    ResourceType::time,
    ResourceType::object_link, ResourceType::core_link, ResourceType::unsigned_integer};

ValueRange widest(ResourceType type) {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    switch (type) {
        case ResourceType::text:
        case ResourceType::opaque:
        case ResourceType::core_link:
            return {0, model::longest_value, 1};
        case ResourceType::unsigned_integer:
            return {0, most, 1};
        case ResourceType::integer:
        case ResourceType::floating:
        case ResourceType::time:
            return {std::numeric_limits<std::int64_t>::min(), most, 1};
        case ResourceType::boolean:
        case ResourceType::object_link:
        case ResourceType::none:
            break;
    }
    return {0, 0, 1};
}

// The registry does not say what must not be shown: better a name too many than a key in a log.
bool sounds_secret(std::string_view name, ResourceType type) {
    if (type != ResourceType::text && type != ResourceType::opaque) return false;
    std::string lower;
    for (const char c : name) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (lower.find("public key") != std::string::npos) return false;
    constexpr std::array<std::string_view, 7> words = {
        "password", "passphrase", "secret", "credential", "private", "token", "passcode"};
    if (std::ranges::any_of(
            words, [&](std::string_view word) { return lower.find(word) != std::string::npos; }))
        return true;
    // "Key", "Network Keys", "Key 1"; not "Keyboard", nor "Monkey".
    for (auto at = lower.find("key"); at != std::string::npos; at = lower.find("key", at + 1)) {
        const auto is_letter = [&](std::size_t i) {
            return i < lower.size() && lower[i] >= 'a' && lower[i] <= 'z';
        };
        std::size_t end = at + 3;
        if (end < lower.size() && lower[end] == 's') ++end;
        if (!is_letter(end) && (at == 0 || !is_letter(at - 1))) return true;
    }
    return false;
}

// Of Server and Access Control a bootstrap writes what servers may only read, but for what the
// device reports of itself; LwM2M Core appendix E.2, E.3.
bool is_for_the_bootstrap(model::ObjectId object, model::ResourceId resource) {
    constexpr model::ResourceId alert_code = 11;
    constexpr model::ResourceId last_bootstrapped = 12;
    return object == model::object::access_control ||
           (object == model::object::server && resource != alert_code &&
            resource != last_bootstrapped);
}

ResourceDefinition read_item(const Element& item, model::ObjectId object) {
    ResourceDefinition resource;
    resource.id = item.attribute("ID");
    resource.name = item.child("Name").name();
    resource.multiple = item.child("MultipleInstances").word(instances) == 1;
    resource.mandatory = item.child("Mandatory").word(obligation) == 1;
    const Element written = item.child("Operations");
    const std::string_view operations = written.text();
    if (operations.find_first_not_of("RWE") != std::string_view::npos)
        written.problem("is none of the words of the schema",
                        "write \"R\", \"W\", \"RW\", \"E\", or nothing");
    if (operations == "E") return resource;
    resource.type = types[item.child("Type").word(type_words)];
    resource.read_only = operations == "R" && !is_for_the_bootstrap(object, resource.id);
    resource.sensitive = sounds_secret(resource.name, resource.type);
    const auto range = parse_range(item.child("RangeEnumeration").text(), resource.type)
                           .value_or(widest(resource.type));
    resource.lowest = range.lowest;
    resource.highest = range.highest;
    resource.step = range.step;
    return resource;
}

void read_resources(const Element& object, ObjectDefinition& definition) {
    const Element list = object.child("Resources");
    std::set<model::ResourceId> ids;
    for (const pugi::xml_node node : list.node().children("Item")) {
        if (definition.resources.size() == max_ddf_resources)
            return list.problem("has more than " + std::to_string(max_ddf_resources) + " Resources",
                                "remove some");
        const std::string id(trimmed(node.attribute("ID").value()));
        const Element item =
            list.at(node, id.empty() ? "Item[" + std::to_string(ids.size() + 1) + "]"
                                     : "Item[@ID=" + id.substr(0, 5) + "]");
        auto resource = read_item(item, definition.id);
        if (!id.empty() && !ids.insert(resource.id).second)
            item.problem("is there twice", "give every Resource its own ID");
        definition.resources.push_back(std::move(resource));
    }
    std::ranges::sort(definition.resources, {}, &ResourceDefinition::id);
}

model::Enabler read_enabler(const Element& element) {
    constexpr std::array<std::string_view, 4> words = {"", "1.0", "1.1", "1.2"};
    const auto index = element.exists() ? element.word(words) : 0;
    return static_cast<model::Enabler>(index == 0 ? 0 : index - 1);
}

ObjectDefinition read_object(const Element& object) {
    ObjectDefinition definition;
    definition.name = object.child("Name").name();
    definition.id = object.child("ObjectID").number();
    definition.since = read_enabler(object.child("LWM2MVersion"));
    definition.multiple = object.child("MultipleInstances").word(instances) == 1;
    const Element version = object.child("ObjectVersion");
    if (!version.text().empty()) {
        if (const auto read = model::ObjectVersion::from(version.text()))
            definition.version = *read;
        else
            version.problem("is no version of an Object", "write one as in \"1.1\"");
    }
    read_resources(object, definition);
    return definition;
}

std::size_t line_of(std::string_view text, std::ptrdiff_t offset) {
    const auto before =
        text.substr(0, static_cast<std::size_t>(std::max<std::ptrdiff_t>(offset, 0)));
    return 1 + static_cast<std::size_t>(std::ranges::count(before, '\n'));
}

void too_long(std::string_view file, document::Problems& problems) {
    problems.push_back(
        {std::string(file), "", "is longer than 1 MiB", "put every Object into a file of its own"});
}

}  // namespace

std::optional<std::vector<ObjectDefinition>> parse_ddf(std::string_view text, std::string_view file,
                                                       document::Problems& problems) {
    const std::size_t before = problems.size();
    if (text.size() > max_ddf_octets) {
        too_long(file, problems);
        return std::nullopt;
    }
    pugi::xml_document xml;
    const auto parsed = xml.load_buffer(text.data(), text.size());
    if (!parsed) {
        problems.push_back({std::string(file), "",
                            "is no XML: " + std::string(parsed.description()) + " in line " +
                                std::to_string(line_of(text, parsed.offset)),
                            "correct it, or take the file from the OMA registry again"});
        return std::nullopt;
    }
    const Element root(xml.child("LWM2M"), "/LWM2M", file, problems);
    std::vector<ObjectDefinition> objects;
    const auto range = root.node().children("Object");
    const auto count = std::distance(range.begin(), range.end());
    for (const pugi::xml_node node : range)
        objects.push_back(read_object(root.at(
            node, count == 1 ? "Object" : "Object[" + std::to_string(objects.size() + 1) + "]")));
    if (objects.empty())
        root.problem("holds no Object",
                     "write an Object definition by the registry's schema LWM2M.xsd");
    if (problems.size() != before) return std::nullopt;
    return objects;
}

std::optional<std::vector<ObjectDefinition>> read_ddf(const std::filesystem::path& file,
                                                      document::Problems& problems) {
    std::error_code error;
    // Anything larger is not even read.
    if (const auto size = std::filesystem::file_size(file, error);
        !error && size > max_ddf_octets) {
        too_long(file.string(), problems);
        return std::nullopt;
    }
    const auto text = document::read_text(file, problems);
    return text ? parse_ddf(*text, file.string(), problems) : std::nullopt;
}

void add_ddf_folder(const std::filesystem::path& folder, model::Definitions& definitions,
                    document::Problems& problems) {
    std::map<std::pair<model::ObjectId, model::ObjectVersion>, std::string> origins;
    for (const auto& file : files_of(folder, ".xml", "Object definitions", problems)) {
        auto objects = read_ddf(file, problems);
        if (!objects) continue;
        for (ObjectDefinition& object : *objects) {
            const auto [twin, is_new] =
                origins.emplace(std::pair(object.id, object.version), file.string());
            if (is_new)
                definitions.add(std::move(object));
            else
                problems.push_back({file.string(), "/LWM2M/Object",
                                    "is Object " + std::to_string(object.id) + " in version " +
                                        object.version.to_string() + ", which " + twin->second +
                                        " defines already",
                                    "keep one of them"});
        }
    }
}

}  // namespace provisioning
