// target    = [ scheme "://" authority ] path [ "?" query ]
// path      = 1*( "/" segment )
// query     = parameter *( "&" parameter )
// parameter = name [ "=" value ]
// segment, name, value: octets, each as itself or as "%" HEXDIG HEXDIG

#include "server/http/target.h"

#include <cstdint>

namespace http {
namespace {

std::optional<unsigned> hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

std::optional<std::string> percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (text.size() - i < 3) return std::nullopt;
        const auto high = hex_digit(text[i + 1]);
        const auto low = hex_digit(text[i + 2]);
        if (!high || !low) return std::nullopt;
        out += static_cast<char>(*high << 4 | *low);
        i += 2;
    }
    return out;
}

// Calls `with` for each part between the separators; stops when it returns false.
template <class F>
bool for_each_part(std::string_view text, char separator, F with) {
    while (true) {
        const std::size_t end = text.find(separator);
        if (!with(text.substr(0, end))) return false;
        if (end == std::string_view::npos) return true;
        text.remove_prefix(end + 1);
    }
}

}  // namespace

std::optional<Target> parse_target(std::string_view text) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!text.starts_with(scheme)) continue;
        const std::size_t path = text.find_first_of("/?", scheme.size());
        text = path == std::string_view::npos ? "/" : text.substr(path);
        break;
    }
    text = text.substr(0, text.find('#'));
    if (!text.starts_with('/')) return std::nullopt;

    Target target;
    const std::size_t question = text.find('?');
    const std::string_view path =
        text.substr(1, question == std::string_view::npos ? std::string_view::npos : question - 1);
    const bool path_is_good = for_each_part(path, '/', [&](std::string_view segment) {
        auto decoded = percent_decode(segment);
        if (decoded) target.segments.push_back(std::move(*decoded));
        return decoded.has_value();
    });
    if (!path_is_good) return std::nullopt;
    if (question == std::string_view::npos) return target;

    const bool query_is_good =
        for_each_part(text.substr(question + 1), '&', [&](std::string_view parameter) {
            if (parameter.empty()) return true;
            const std::size_t equals = parameter.find('=');
            auto name = percent_decode(parameter.substr(0, equals));
            auto value = percent_decode(
                equals == std::string_view::npos ? "" : parameter.substr(equals + 1));
            if (!name || !value) return false;
            target.parameters.emplace_back(std::move(*name), std::move(*value));
            return true;
        });
    if (!query_is_good) return std::nullopt;
    return target;
}

std::string without_query(std::string_view text) {
    return std::string(text.substr(0, text.find('?')));
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
                                c == '~' || c == ':';
        if (unreserved) {
            out += c;
            continue;
        }
        const auto octet = static_cast<std::uint8_t>(c);
        out += '%';
        out += digits[octet >> 4];
        out += digits[octet & 0x0FU];
    }
    return out;
}

}  // namespace http
