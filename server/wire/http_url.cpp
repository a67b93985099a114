#include "server/wire/http_url.h"

#include <algorithm>
#include <charconv>

#include "server/wire/socket_address.h"

// http-URL  = "http" "://" authority path-abempty [ "?" query ]
// authority = host [ ":" port ]      host = name / IPv4 / "[" IPv6 "]"
namespace wire {
namespace {

constexpr std::string_view letters_and_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view hex_digits = "0123456789ABCDEFabcdef";

bool is_one_of(char octet, std::string_view set) {
    return set.find(octet) != std::string_view::npos;
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& octet : result)
        if (octet >= 'A' && octet <= 'Z') octet = static_cast<char>(octet - 'A' + 'a');
    return result;
}

bool is_name(std::string_view host) {
    return !host.empty() && host.size() <= 253 && host.front() != '.' && host.front() != '-' &&
           std::all_of(host.begin(), host.end(), [](char octet) {
               return is_one_of(octet, letters_and_digits) || is_one_of(octet, "-._");
           });
}

// RFC 3986 §3.3, §3.4.
bool is_target(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            if (i + 2 >= text.size() || !is_one_of(text[i + 1], hex_digits) ||
                !is_one_of(text[i + 2], hex_digits))
                return false;
            i += 2;
        } else if (!is_one_of(text[i], letters_and_digits) &&
                   !is_one_of(text[i], "-._~!$&'()*+,;=:@/?")) {
            return false;
        }
    }
    return true;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

std::uint16_t own_port(bool secure) {
    return secure ? 443 : 80;
}

}  // namespace

boost::system::result<HttpUrl, std::string> HttpUrl::from(std::string_view text) {
    if (text.size() > max_octets) return std::string("is longer than 4096 octets");
    HttpUrl url;
    const auto colon = text.find("://");
    const std::string scheme = lower(text.substr(0, colon == std::string_view::npos ? 0 : colon));
    if (scheme != "http" && scheme != "https") return std::string("is no http or https URL");
    url.secure = scheme == "https";
    text.remove_prefix(colon + 3);
    if (text.find('#') != std::string_view::npos) return std::string("has a fragment");

    const std::string_view authority = text.substr(0, text.find_first_of("/?"));
    text.remove_prefix(authority.size());
    if (authority.find('@') != std::string_view::npos)
        return std::string("has a user's name or password in it");
    std::string_view after_host;
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        const auto address = end == std::string_view::npos
                                 ? std::nullopt
                                 : IpAddress::from(authority.substr(1, end - 1));
        if (!address || authority.substr(1, end - 1).find(':') == std::string_view::npos ||
            address->scope() != 0)
            return std::string("has no valid IPv6 address between its brackets");
        url.host = lower(authority.substr(1, end - 1));
        after_host = authority.substr(end + 1);
    } else {
        const std::string_view host = authority.substr(0, authority.find(':'));
        if (!is_name(host)) return std::string("has no valid host");
        url.host = lower(host);
        after_host = authority.substr(host.size());
    }
    url.port = own_port(url.secure);
    if (!after_host.empty()) {
        const auto port =
            after_host.front() == ':' ? parse_port(after_host.substr(1)) : std::nullopt;
        if (!port) return std::string("has no valid port");
        url.port = *port;
    }

    if (!is_target(text))
        return std::string("has a character in its path or query that has to be percent-encoded");
    url.target = text.starts_with('/') ? std::string(text) : "/" + std::string(text);
    return url;
}

std::string HttpUrl::authority() const {
    std::string result = host.find(':') == std::string_view::npos ? host : "[" + host + "]";
    if (port != own_port(secure)) (result += ':') += std::to_string(port);
    return result;
}

std::string HttpUrl::to_string() const {
    return (secure ? "https://" : "http://") + authority() + target;
}

std::optional<std::string> path_segment(std::string_view text) {
    if (text.empty() || text == "." || text == "..") return std::nullopt;
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string result;
    for (const char octet : text) {
        if (is_one_of(octet, letters_and_digits) || is_one_of(octet, "-._~")) {
            result += octet;
            continue;
        }
        const auto value = static_cast<unsigned char>(octet);
        ((result += '%') += hex[value >> 4]) += hex[value & 15U];
    }
    return result;
}

}  // namespace wire
