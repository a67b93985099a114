#include "provisioning/template.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <type_traits>
#include <utility>

#include "provisioning/device.h"
#include "provisioning/issue.h"
#include "provisioning/octets.h"

// template    = *( literal / "$${" / placeholder )
// placeholder = "${" ( "endpoint" / "device." name / "random:" count /
//                      "secret:" name [ ":" count ] ) "}"
// name        = 1*( ALPHA / DIGIT / "_" / "-" / "." )
// count       = 1*2DIGIT                                              ; 1 to 64
namespace provisioning {
namespace {

constexpr std::size_t max_octets = 64;
constexpr std::string_view open = "${";
constexpr std::string_view escaped_open = "$${";

TemplateError unknown_placeholder() {
    return {
        "has a placeholder that is not known",
        "known are \"${endpoint}\", \"${device.NAME}\", \"${random:N}\" and \"${secret:NAME}\"; "
        "for a plain \"${\" write \"$${\""};
}

bool is_name(std::string_view text) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
    return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

std::optional<std::size_t> count_from(std::string_view number) {
    std::size_t count = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), count);
    if (error != std::errc{} || end != number.data() + number.size() || count < 1 ||
        count > max_octets)
        return std::nullopt;
    return count;
}

std::variant<TemplatePart, TemplateError> parse_secret(std::string_view inner) {
    constexpr std::size_t longest_name = 64;
    const auto colon = inner.find(':');
    const std::string_view name = inner.substr(0, colon);
    if (!is_name(name) || name.size() > longest_name)
        return TemplateError{"has a secret without a proper name",
                             "write \"${secret:NAME}\" with 1 to 64 letters, digits, \"_\", \"-\" "
                             "or \".\""};
    std::optional<std::size_t> count = WantedSecret{}.octets;
    if (colon != std::string_view::npos) count = count_from(inner.substr(colon + 1));
    if (!count)
        return TemplateError{"asks for a secret of a length that is not possible",
                             "write \"${secret:NAME:N}\" with N from 1 to 64 octets"};
    return TemplatePart{TemplatePart::Kind::secret, std::string(name), *count};
}

std::variant<TemplatePart, TemplateError> parse_placeholder(std::string_view inner) {
    using Kind = TemplatePart::Kind;
    constexpr std::string_view variable = "device.";
    constexpr std::string_view random = "random:";
    constexpr std::string_view secret = "secret:";
    if (inner == "endpoint") return TemplatePart{Kind::endpoint, {}, 0};
    if (inner.starts_with(variable) && is_name(inner.substr(variable.size())))
        return TemplatePart{Kind::variable, std::string(inner.substr(variable.size())), 0};
    if (inner.starts_with(random)) {
        const auto count = count_from(inner.substr(random.size()));
        if (!count)
            return TemplateError{"asks for a number of random octets that is not possible",
                                 "write \"${random:N}\" with N from 1 to 64"};
        return TemplatePart{Kind::random, {}, *count};
    }
    if (inner.starts_with(secret)) return parse_secret(inner.substr(secret.size()));
    return unknown_placeholder();
}

void add_literal(std::vector<TemplatePart>& parts, std::string_view text) {
    if (text.empty()) return;
    if (parts.empty() || parts.back().kind != TemplatePart::Kind::literal)
        parts.push_back({TemplatePart::Kind::literal, {}, 0});
    parts.back().text += text;
}

std::string random_hex(std::size_t count, wire::Random& random) {
    wire::Bytes octets(count);
    random.fill(octets);
    std::string text = wire::to_hex(octets);
    model::wipe(octets.data(), octets.size());
    return text;
}

using Expanded = std::variant<model::Single, TemplateError>;

// Built in place: g++ 12 warns of a free that never happens where a temporary is moved in.
template <class T>
Expanded single(T&& value) {
    return Expanded(std::in_place_type<model::Single>, std::in_place_type<std::remove_cvref_t<T>>,
                    std::forward<T>(value));
}

Expanded octets_from(std::string_view text, bool is_secret) {
    auto octets = parse_octets(text);
    if (!octets)
        return TemplateError{std::string(message(octets.error())), std::string(octets_remedy())};
    if (is_secret) return single(model::Secret(std::move(*octets)));
    return single(model::Opaque{std::move(*octets)});
}

Expanded typed(std::string_view text, const Template& from) {
    switch (from.kind) {
        case Template::Kind::text:
            if (from.is_secret)
                return single(model::Secret(wire::as_bytes(text), model::Secret::Kind::text));
            return single(std::string(text));
        case Template::Kind::octets:
        case Template::Kind::public_key:
        case Template::Kind::private_key:
            break;
    }
    return octets_from(text, from.is_secret);
}

std::variant<const GeneratedSecret*, TemplateError> issued_secret(const TemplatePart& part,
                                                                  WantedSecret::Kind kind,
                                                                  const Issued* issued) {
    const auto no = [&](std::string_view why) {
        return TemplateError{"the secret \"" + part.text + "\" " + std::string(why),
                             "a session makes it before it writes anything"};
    };
    if (issued == nullptr) return no("is not made yet");
    const auto found = issued->secrets.find(part.text);
    if (found == issued->secrets.end()) return no("is not made yet");
    const bool is_right = found->second.kind == kind && (kind == WantedSecret::Kind::key_pair ||
                                                         found->second.octets.size() == part.count);
    if (!is_right) return no("was made for another use, in another kind or length");
    return &found->second;
}

Expanded key_half(const TemplatePart& part, Template::Kind half, const Issued* issued) {
    auto found = issued_secret(part, WantedSecret::Kind::key_pair, issued);
    if (auto* error = std::get_if<TemplateError>(&found)) return std::move(*error);
    const GeneratedSecret& pair = *std::get<const GeneratedSecret*>(found);
    if (half == Template::Kind::private_key) return single(model::Secret(pair.octets));
    return single(model::Opaque{pair.public_key});
}

std::size_t reserved_of(const std::vector<TemplatePart>& parts, const Device& device) {
    std::size_t size = 0;
    for (const TemplatePart& part : parts) {
        const auto variable = device.variables.find(part.text);
        size += part.text.size() + 2 * part.count + device.endpoint.text().size() +
                (variable != device.variables.end() ? variable->second.size() : 0);
    }
    return size;
}

}  // namespace

bool has_placeholder(std::string_view text) {
    return text.find(open) != std::string_view::npos;
}

std::variant<std::vector<TemplatePart>, TemplateError> parse_template(std::string_view text) {
    std::vector<TemplatePart> parts;
    while (!text.empty()) {
        const auto start = text.find(open);
        if (start == std::string_view::npos) break;
        if (start > 0 && text.substr(start - 1).starts_with(escaped_open)) {
            add_literal(parts, text.substr(0, start - 1));
            add_literal(parts, open);
            text.remove_prefix(start + open.size());
            continue;
        }
        const auto end = text.find('}', start);
        if (end == std::string_view::npos)
            return TemplateError{"has a placeholder that is not closed",
                                 "end it with \"}\"; for a plain \"${\" write \"$${\""};
        add_literal(parts, text.substr(0, start));
        auto part = parse_placeholder(text.substr(start + 2, end - start - 2));
        if (auto* error = std::get_if<TemplateError>(&part)) return std::move(*error);
        parts.push_back(std::get<TemplatePart>(std::move(part)));
        text.remove_prefix(end + 1);
    }
    add_literal(parts, text);
    return parts;
}

std::variant<model::Single, TemplateError> expand(const Template& from, const Device& device,
                                                  wire::Random& random, const Issued* issued) {
    auto parsed = parse_template(from.text);
    if (auto* error = std::get_if<TemplateError>(&parsed)) return std::move(*error);
    const auto& parts = std::get<std::vector<TemplatePart>>(parsed);
    const bool is_half =
        from.kind == Template::Kind::public_key || from.kind == Template::Kind::private_key;
    if (is_half && parts.size() == 1) return key_half(parts.front(), from.kind, issued);
    // Grown before the first secret: what it outgrows is not wiped.
    std::string text;
    text.reserve(reserved_of(parts, device));
    for (const TemplatePart& part : parts) {
        switch (part.kind) {
            case TemplatePart::Kind::literal:
                text += part.text;
                break;
            case TemplatePart::Kind::endpoint:
                text += device.endpoint.text();
                break;
            case TemplatePart::Kind::variable: {
                const auto found = device.variables.find(part.text);
                if (found == device.variables.end())
                    return TemplateError{"the device has no variable \"" + part.text + "\"",
                                         "add it to the device's \"variables\""};
                text += found->second;
                break;
            }
            case TemplatePart::Kind::random:
                text += random_hex(part.count, random);
                break;
            case TemplatePart::Kind::secret: {
                auto found = issued_secret(part, WantedSecret::Kind::octets, issued);
                if (auto* error = std::get_if<TemplateError>(&found)) {
                    model::wipe(text.data(), text.size());
                    return std::move(*error);
                }
                std::string digits =
                    wire::to_hex(std::get<const GeneratedSecret*>(found)->octets.reveal());
                text += digits;
                model::wipe(digits.data(), digits.size());
                break;
            }
        }
    }
    auto result = typed(text, from);
    if (from.is_secret) model::wipe(text.data(), text.size());
    return result;
}

}  // namespace provisioning
