#include "provisioning/server_uri.h"

#include <algorithm>
#include <charconv>

#include "server/wire/socket_address.h"

// server-uri = scheme "://" host [ ":" port ] [ "/" … ] [ "?" … ]     ; no user, no fragment
// scheme     = "coap" / "coaps" / "coap+tcp" / "coaps+tcp"
namespace provisioning {
namespace {

constexpr std::size_t max_uri = 255;
constexpr std::string_view separator = "://";

std::optional<UriErrc> check_scheme(std::string_view scheme, model::security::Mode mode) {
    const bool secure = scheme == "coaps" || scheme == "coaps+tcp";
    const bool plain = scheme == "coap" || scheme == "coap+tcp";
    if (!secure && !plain) return UriErrc::unknown_scheme;
    if (secure && mode == model::security::Mode::none)
        return UriErrc::secure_scheme_without_security;
    if (plain && mode != model::security::Mode::none) return UriErrc::plain_scheme_with_security;
    return std::nullopt;
}

std::optional<UriErrc> check_port(std::string_view port) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    const bool whole = error == std::errc{} && end == port.data() + port.size();
    if (!whole || number < 1 || number > 65535) return UriErrc::bad_port;
    return std::nullopt;
}

std::optional<UriErrc> check_authority(std::string_view authority) {
    std::string_view rest;
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        if (end == std::string_view::npos) return UriErrc::no_host;
        const auto address = wire::IpAddress::from(authority.substr(1, end - 1));
        if (!address || address->family() == wire::IpAddress::Family::v4) return UriErrc::no_host;
        rest = authority.substr(end + 1);
    } else {
        const auto colon = std::min(authority.find(':'), authority.size());
        if (colon == 0) return UriErrc::no_host;
        rest = authority.substr(colon);
    }
    if (rest.empty()) return std::nullopt;
    if (rest.front() != ':') return UriErrc::no_host;
    return check_port(rest.substr(1));
}

}  // namespace

std::string_view message(UriErrc error) {
    switch (error) {
        case UriErrc::unknown_scheme:
            return "is not a coap or coaps URI";
        case UriErrc::secure_scheme_without_security:
            return "is a coaps URI, but the security mode has no keys";
        case UriErrc::plain_scheme_with_security:
            return "is a coap URI, but the security mode has keys";
        case UriErrc::no_host:
            return "has no host";
        case UriErrc::bad_port:
            return "has a port that is none";
        case UriErrc::bad_character:
            return "has a character that a Server URI may not have";
        case UriErrc::too_long:
            return "is longer than 255 octets";
    }
    return "is no Server URI";
}

std::string_view remedy(UriErrc error) {
    switch (error) {
        case UriErrc::secure_scheme_without_security:
            return "write \"coap://host:5683\", or choose the security mode \"psk\"";
        case UriErrc::plain_scheme_with_security:
            return "write \"coaps://host:5684\", or choose the security mode \"nosec\"";
        case UriErrc::unknown_scheme:
        case UriErrc::no_host:
        case UriErrc::bad_port:
        case UriErrc::bad_character:
        case UriErrc::too_long:
            break;
    }
    return "write one as in \"coaps://host:5684\"";
}

std::optional<UriErrc> check_server_uri(std::string_view uri, model::security::Mode mode) {
    if (uri.size() > max_uri) return UriErrc::too_long;
    const auto bad = [](char c) {
        const auto octet = static_cast<unsigned char>(c);
        return octet <= 0x20 || octet >= 0x7F || c == '@' || c == '#' || c == '"' || c == '\\';
    };
    if (std::any_of(uri.begin(), uri.end(), bad)) return UriErrc::bad_character;
    const auto scheme_end = uri.find(separator);
    if (scheme_end == std::string_view::npos) return UriErrc::unknown_scheme;
    if (const auto error = check_scheme(uri.substr(0, scheme_end), mode)) return error;
    uri.remove_prefix(scheme_end + separator.size());
    return check_authority(uri.substr(0, uri.find_first_of("/?")));
}

std::optional<UriErrc> check_server_uri_scheme(std::string_view beginning,
                                               model::security::Mode mode) {
    const auto scheme_end = beginning.find(separator);
    if (scheme_end == std::string_view::npos) return std::nullopt;
    return check_scheme(beginning.substr(0, scheme_end), mode);
}

}  // namespace provisioning
