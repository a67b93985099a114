// credentials = "Bearer" 1*SP b64token                                    RFC 6750 §2.1
// b64token    = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="

#include "server/http/authentication.h"

#include <algorithm>

#include "server/http/problem.h"
#include "server/wire/socket_address.h"

namespace http {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
    return out;
}

std::optional<unsigned> hex_digit(char c) {
    c = lower(c);
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    return std::nullopt;
}

bool is_b64token(std::string_view text) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/";
    while (text.ends_with('=')) text.remove_suffix(1);
    return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

// The token of an Authorization field; nothing when it is none.
std::optional<std::string_view> bearer(std::string_view field) {
    constexpr std::string_view scheme = "bearer ";
    if (field.size() <= scheme.size() || lower(field.substr(0, scheme.size())) != scheme)
        return std::nullopt;
    field.remove_prefix(scheme.size());
    while (field.starts_with(' ')) field.remove_prefix(1);
    if (!is_b64token(field)) return std::nullopt;
    return field;
}

std::variant<Identity, Stranger> by_token(std::string_view field,
                                          const std::vector<Token>& tokens) {
    const auto token = bearer(field);
    if (!token) return Stranger{Stranger::Why::malformed};
    const crypto::Sha256 digest =
        crypto::sha256({reinterpret_cast<const std::uint8_t*>(token->data()), token->size()});
    // All of them are compared, so that the time does not tell which one came near.
    const Token* found = nullptr;
    for (const Token& one : tokens)
        if (crypto::equal(digest, one.sha256)) found = &one;
    if (found == nullptr) return Stranger{Stranger::Why::unknown_token};
    return Identity{{"token " + found->name, found->roles}, true};
}

std::variant<Identity, Stranger> by_certificate(const PeerCertificate& certificate,
                                                const std::vector<ClientCertificate>& known) {
    for (const ClientCertificate& one : known) {
        const bool named = one.subject && !certificate.common_name.empty() &&
                           *one.subject == certificate.common_name;
        const bool itself = one.sha256 && crypto::equal(*one.sha256, certificate.sha256);
        if (named || itself) return Identity{{"certificate " + one.name, one.roles}, true};
    }
    return Stranger{Stranger::Why::unknown_certificate};
}

bool is_address_or_localhost(std::string_view host) {
    if (wire::SocketAddress::from(host)) return true;
    if (host.starts_with('[') && host.ends_with(']'))
        return wire::IpAddress::from(host.substr(1, host.size() - 2)).has_value();
    const std::string name = lower(host.substr(0, host.find(':')));
    return name == "localhost" || name.ends_with(".localhost") || wire::IpAddress::from(name);
}

}  // namespace

std::optional<crypto::Sha256> sha256_from_hex(std::string_view text) {
    crypto::Sha256 out{};
    if (text.size() != 2 * out.size()) return std::nullopt;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto high = hex_digit(text[2 * i]);
        const auto low = hex_digit(text[2 * i + 1]);
        if (!high || !low) return std::nullopt;
        out[i] = static_cast<std::uint8_t>(*high << 4 | *low);
    }
    return out;
}

std::variant<Identity, Stranger> identify(const Arrival& arrival,
                                          const AuthenticationSettings& settings) {
    const bool judged = settings.required || !settings.tokens.empty();
    if (arrival.authorization && judged) return by_token(*arrival.authorization, settings.tokens);
    std::variant<Identity, Stranger> found = Stranger{};
    if (arrival.certificate != nullptr)
        found = by_certificate(*arrival.certificate, settings.certificates);
    if (std::holds_alternative<Identity>(found)) return found;
    if (arrival.over_socket) return Identity{{"socket", settings.socket_roles}, false};
    if (!settings.required) return Identity{{"local", bit(Role::admin)}, false};
    return found;
}

std::string_view to_string(Stranger::Why why) {
    switch (why) {
        case Stranger::Why::nothing_given:
            return "no token and no certificate";
        case Stranger::Why::malformed:
            return "no bearer token in the Authorization header";
        case Stranger::Why::unknown_token:
            return "unknown token";
        case Stranger::Why::unknown_certificate:
            return "a certificate that the settings do not name";
    }
    return "";
}

Response refusal(const Stranger& stranger) {
    std::string challenge = "Bearer realm=\"lwm2m-bootstrapd\"";
    std::string detail =
        "the API answers to those it knows: send a bearer token, or use a client certificate that "
        "the settings name";
    switch (stranger.why) {
        case Stranger::Why::nothing_given:
        case Stranger::Why::unknown_certificate:
            break;
        case Stranger::Why::malformed:
            detail = "the Authorization header holds no bearer token (RFC 6750)";
            challenge += ", error=\"invalid_token\"";
            break;
        case Stranger::Why::unknown_token:
            detail = "the token is not, or no longer, known";
            challenge += ", error=\"invalid_token\"";
            break;
    }
    Response response = problem(401, std::move(detail));
    response.headers.emplace_back("WWW-Authenticate", std::move(challenge));
    return response;
}

std::optional<Response> objection(const Provenance& from) {
    if (!from.over_socket && from.host && !is_address_or_localhost(*from.host))
        return problem(421,
                       "without authentication the API answers to addresses and localhost "
                       "only; use one of them in the URL");
    const bool changes = from.method != "GET" && from.method != "HEAD" && from.method != "OPTIONS";
    if (changes && from.origin)
        return problem(403,
                       "without authentication the API changes nothing for a web page; leave the "
                       "Origin header out, or send a token");
    return std::nullopt;
}

}  // namespace http
