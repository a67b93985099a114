#include "provisioning/resource_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include "provisioning/octets.h"

namespace provisioning {
namespace {

using document::Node;
using model::ResourceDefinition;
using model::ResourceType;

constexpr std::int64_t int_min = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t int_max = std::numeric_limits<std::int64_t>::max();

std::optional<std::uint16_t> id_of(std::string_view text, unsigned highest) {
    unsigned id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (!whole || id > highest || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    return static_cast<std::uint16_t>(id);
}

bool template_is_sound(const Node& node, std::string_view text, bool sensitive) {
    const auto parsed = parse_template(text);
    if (const auto* error = std::get_if<TemplateError>(&parsed)) {
        node.problem(error->message, error->remedy);
        return false;
    }
    const bool has_secret = std::ranges::any_of(
        std::get<std::vector<TemplatePart>>(parsed),
        [](const TemplatePart& part) { return part.kind == TemplatePart::Kind::secret; });
    if (has_secret && !sensitive)
        node.problem("holds a secret, but the Resource is shown to everybody",
                     "write {\"secret\": \"${secret:NAME}\"}, or \"${random:N}\"");
    return !has_secret || sensitive;
}

std::optional<TemplateSingle> read_text(const Node& node, bool sensitive) {
    auto text = node.text();
    if (!text) return std::nullopt;
    if (has_placeholder(*text)) {
        if (!template_is_sound(node, *text, sensitive)) return std::nullopt;
        return Template{std::move(*text), sensitive, Template::Kind::text};
    }
    if (sensitive)
        return model::Single(model::Secret(wire::as_bytes(*text), model::Secret::Kind::text));
    return model::Single(std::move(*text));
}

std::optional<TemplateSingle> read_integer(const Node& node, std::int64_t lowest,
                                           std::int64_t highest) {
    if (node.is_text()) {
        node.problem("is a text", "write a whole number without quotes; a template cannot be one");
        return std::nullopt;
    }
    const auto number = node.integer(lowest, highest);
    if (!number) return std::nullopt;
    return model::Single(*number);
}

// RFC 6690 §2, as far as to tell it from another text: a list of <target>;attributes.
std::optional<TemplateSingle> read_core_link(const Node& node) {
    auto read = read_text(node, false);
    const auto* literal = read ? std::get_if<model::Single>(&*read) : nullptr;
    const auto* text = literal != nullptr ? std::get_if<std::string>(literal) : nullptr;
    if (text == nullptr || text->empty() ||
        (text->front() == '<' && text->find('>') != std::string::npos))
        return read;
    node.problem("is no list of links", "write them as in \"</3/0/1>,</3/0/2>\"");
    return std::nullopt;
}

// link     = object ":" ( instance / "{" label "}" )
// The two numbers may be 65535: it links to nothing, LwM2M Core appendix C.
std::optional<TemplateSingle> read_link(const Node& node) {
    const auto text = node.text();
    if (!text) return std::nullopt;
    const std::size_t colon = std::min(text->find(':'), text->size());
    const std::string_view whole(*text);
    const auto object = id_of(whole.substr(0, colon), 65535);
    const auto target = whole.substr(std::min(colon + 1, whole.size()));
    if (object && target.starts_with('{') && target.ends_with('}')) {
        const auto label = target.substr(1, target.size() - 2);
        if (is_label(label)) return LabelledLink{*object, std::string(label)};
    } else if (const auto instance = id_of(target, 65535); object && instance) {
        return model::Single(model::ObjectLink{*object, *instance});
    }
    node.problem("is no Object Link",
                 "write object and instance as in \"11:0\", or \"11:{apn}\" for the instance "
                 "\"/11/{apn}\" of the profile");
    return std::nullopt;
}

std::optional<TemplateSingle> read_floating(const Node& node) {
    constexpr double largest = 1e300;
    const auto value = node.number(-largest, largest);
    if (!value) return std::nullopt;
    return model::Single(*value);
}

std::optional<TemplateSingle> read_time(const Node& node) {
    if (node.is_text()) {
        node.problem("is a text", "write seconds since 1970, without quotes");
        return std::nullopt;
    }
    const auto seconds = node.integer(int_min, int_max);
    if (!seconds) return std::nullopt;
    return model::Single(model::Time{*seconds});
}

std::optional<std::string> fraction_out_of_range(double value,
                                                 const ResourceDefinition& definition) {
    const bool too_low =
        definition.lowest != int_min && value < static_cast<double>(definition.lowest);
    const bool too_high =
        definition.highest != int_max && value > static_cast<double>(definition.highest);
    if (!too_low && !too_high) return std::nullopt;
    if (definition.highest == int_max)
        return "write " + std::to_string(definition.lowest) + " or more";
    if (definition.lowest == int_min)
        return "write " + std::to_string(definition.highest) + " or less";
    return "write a number from " + std::to_string(definition.lowest) + " to " +
           std::to_string(definition.highest);
}

// "16, 32 or 48"; of many "10, 20 … 500".
std::string steps_of(const ResourceDefinition& definition) {
    constexpr std::int64_t shown = 5;
    const auto count = (definition.highest - definition.lowest) / definition.step + 1;
    std::string text = std::to_string(definition.lowest);
    for (std::int64_t i = 1; i < count && (count <= shown || i < 2); ++i)
        text += (i + 1 == count ? " or " : ", ") +
                std::to_string(definition.lowest + i * definition.step);
    if (count > shown) text += " … " + std::to_string(definition.highest);
    return text;
}

std::optional<TemplateSingle> in_range(const Node& node, std::optional<TemplateSingle> value,
                                       const ResourceDefinition& definition) {
    if (!value) return std::nullopt;
    const auto* single = std::get_if<model::Single>(&*value);
    if (single == nullptr) return value;
    const auto remedy = out_of_range(*single, definition);
    if (!remedy) return value;
    node.problem(octets_of(*single) ? "has a length out of range" : "is out of range", *remedy);
    return std::nullopt;
}

// {"opaque": …}, {"secret": …}, {"time": …}, {"link": …}
std::optional<TemplateSingle> read_marked(const Node& node) {
    if (const auto opaque = node.member("opaque")) return read_octets(*opaque, "", false);
    if (const auto secret = node.member("secret")) return read_octets(*secret, "", true);
    if (const auto time = node.member("time")) return read_time(*time);
    if (const auto link = node.member("link")) return read_link(*link);
    return std::nullopt;
}

bool is_marked(const Node& node) {
    if (!node.is_object() || node.size() != 1) return false;
    return node.member("opaque") || node.member("secret") || node.member("time") ||
           node.member("link");
}

// A text that is written as the octets of a secret is a text all the same.
std::optional<TemplateSingle> read_secret_text(const Node& node) {
    auto read = read_octets(node, "", true);
    auto* literal = read ? std::get_if<model::Single>(&*read) : nullptr;
    if (auto* secret = literal != nullptr ? std::get_if<model::Secret>(literal) : nullptr)
        *secret = model::Secret(secret->reveal(), model::Secret::Kind::text);
    return read;
}

// What is marked with its type although the definition says it already.
std::optional<TemplateSingle> read_marked(const Node& node, const ResourceDefinition& definition) {
    const auto has = [&](std::string_view mark) { return node.member(mark).has_value(); };
    switch (definition.type) {
        case ResourceType::opaque:
            if (const auto octets = node.member("opaque"))
                return read_octets(*octets, "", definition.sensitive);
            if (has("secret")) return read_marked(node);
            break;
        case ResourceType::text:
            if (const auto secret = node.member("secret")) return read_secret_text(*secret);
            break;
        case ResourceType::time:
            if (has("time")) return read_marked(node);
            break;
        case ResourceType::object_link:
            if (has("link")) return read_marked(node);
            break;
        case ResourceType::integer:
        case ResourceType::unsigned_integer:
        case ResourceType::floating:
        case ResourceType::boolean:
        case ResourceType::core_link:
        case ResourceType::none:
            break;
    }
    node.problem("is marked with a type that the Resource has not", "write the value itself");
    return std::nullopt;
}

std::optional<TemplateSingle> read_defined(const Node& node, const ResourceDefinition& definition) {
    if (is_marked(node)) return in_range(node, read_marked(node, definition), definition);
    switch (definition.type) {
        case ResourceType::text:
            return in_range(node, read_text(node, definition.sensitive), definition);
        case ResourceType::core_link:
            return in_range(node, read_core_link(node), definition);
        case ResourceType::integer:
        case ResourceType::unsigned_integer:
            return in_range(node, read_integer(node, definition.lowest, definition.highest),
                            definition);
        case ResourceType::floating:
            return in_range(node, read_floating(node), definition);
        case ResourceType::boolean: {
            const auto value = node.boolean();
            if (!value) return std::nullopt;
            return model::Single(*value);
        }
        case ResourceType::opaque:
            return in_range(node, read_octets(node, "", definition.sensitive), definition);
        case ResourceType::time:
            return read_time(node);
        case ResourceType::object_link:
            return read_link(node);
        case ResourceType::none:
            break;
    }
    node.problem("is executed and holds no value", "remove it");
    return std::nullopt;
}

std::optional<TemplateSingle> read_undefined(const Node& node) {
    const nlohmann::json& json = node.json();
    if (json.is_string()) return read_text(node, false);
    if (json.is_boolean()) return model::Single(json.get<bool>());
    if (json.is_number_integer()) return read_integer(node, int_min, int_max);
    if (json.is_number_float()) return model::Single(json.get<double>());
    if (is_marked(node)) return read_marked(node);
    node.problem("is no value of a Resource",
                 "write a text, a number, true or false, {\"opaque\": \"00ff\"}, {\"secret\": "
                 "\"00ff\"}, {\"time\": 1700000000}, {\"link\": \"11:0\"}, or several as "
                 "{\"0\": …, \"1\": …}");
    return std::nullopt;
}

std::optional<TemplateSingle> read_single(const Node& node, const ResourceDefinition* definition) {
    return definition != nullptr ? read_defined(node, *definition) : read_undefined(node);
}

std::optional<TemplateValue> read_multiple(const Node& node, const ResourceDefinition* definition) {
    std::map<std::uint16_t, TemplateSingle> instances;
    const auto keys = node.keys();
    if (keys.empty()) {
        node.problem("holds nothing", "name at least one Resource Instance as in {\"0\": …}");
        return std::nullopt;
    }
    for (const std::string& key : keys) {
        const Node each = *node.member(key);
        const auto id = id_of(key, 65534);
        if (!id) {
            each.problem("is no id of a Resource Instance",
                         "write the ids as whole numbers from 0 to 65534, as in {\"0\": …}");
            continue;
        }
        if (auto value = read_single(each, definition)) instances.emplace(*id, std::move(*value));
    }
    if (instances.size() != keys.size()) return std::nullopt;
    return instances;
}

}  // namespace

std::optional<TemplateValue> read_resource_value(const Node& node,
                                                 const ResourceDefinition* definition) {
    const bool is_multiple =
        definition != nullptr ? definition->multiple : node.is_object() && !is_marked(node);
    if (is_multiple) {
        if (node.is_object()) return read_multiple(node, definition);
        node.problem("has a single value, but the Resource has several instances",
                     "write an object of their ids, as in {\"0\": …}");
        return std::nullopt;
    }
    if (definition != nullptr && node.is_object() && !is_marked(node)) {
        node.problem("holds several values, but the Resource has a single one",
                     "write the value itself");
        return std::nullopt;
    }
    auto single = read_single(node, definition);
    if (!single) return std::nullopt;
    return TemplateValue(std::move(*single));
}

std::optional<TemplateSingle> read_octets(const Node& node, std::string_view default_prefix,
                                          bool sensitive) {
    auto text = node.text();
    if (!text) return std::nullopt;
    if (!has_octets_prefix(*text)) text->insert(0, default_prefix);
    if (has_placeholder(*text)) {
        if (!template_is_sound(node, *text, sensitive)) return std::nullopt;
        return Template{std::move(*text), sensitive, Template::Kind::octets};
    }
    auto octets = parse_octets(*text);
    if (!octets) {
        node.problem(std::string(message(octets.error())), std::string(octets_remedy()));
        return std::nullopt;
    }
    if (sensitive) return model::Single(model::Secret(std::move(*octets)));
    return model::Single(model::Opaque{std::move(*octets)});
}

bool is_label(std::string_view text) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    constexpr std::string_view others = "0123456789_-";
    constexpr std::size_t longest = 32;
    return !text.empty() && text.size() <= longest &&
           letters.find(text.front()) != std::string_view::npos &&
           std::ranges::all_of(text, [&](char c) {
               return letters.find(c) != std::string_view::npos ||
                      others.find(c) != std::string_view::npos;
           });
}

std::optional<std::size_t> octets_of(const model::Single& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return text->size();
    if (const auto* opaque = std::get_if<model::Opaque>(&value)) return opaque->octets.size();
    if (const auto* secret = std::get_if<model::Secret>(&value)) return secret->size();
    return std::nullopt;
}

std::optional<std::string> out_of_range(const model::Single& value,
                                        const ResourceDefinition& definition) {
    if (const auto* fraction = std::get_if<double>(&value))
        return definition.type == ResourceType::floating
                   ? fraction_out_of_range(*fraction, definition)
                   : std::nullopt;
    const auto length = octets_of(value);
    const auto* number = std::get_if<std::int64_t>(&value);
    if (!length && number == nullptr) return std::nullopt;
    const std::int64_t measure = number != nullptr ? *number : static_cast<std::int64_t>(*length);
    const bool is_within = measure >= definition.lowest && measure <= definition.highest;
    if (is_within && (definition.step <= 1 || (measure - definition.lowest) % definition.step == 0))
        return std::nullopt;
    const std::string unit = length ? " octets" : "";
    if (definition.step > 1) return "write " + steps_of(definition) + unit;
    if (definition.lowest == definition.highest)
        return "write " + std::to_string(definition.lowest) + unit;
    return "write " + std::to_string(definition.lowest) + " to " +
           std::to_string(definition.highest) + unit;
}

}  // namespace provisioning
