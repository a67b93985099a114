#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/crypto/digest.h"
#include "server/http/exchange.h"

// Who a request comes from: a bearer token (RFC 6750), a client certificate, or the way it came in.
// Pure: what arrived goes in, a caller or a refusal comes out.
namespace http {

struct Token {
    std::string name;
    std::uint8_t roles = 0;
    crypto::Sha256 sha256{};  // of the token's octets; the token itself is nowhere
};
// One that the client CA vouches for, picked out by its subject's common name or by itself.
struct ClientCertificate {
    std::string name;
    std::uint8_t roles = 0;
    std::optional<std::string> subject;
    std::optional<crypto::Sha256> sha256;  // of the DER
};
struct AuthenticationSettings {
    bool required = false;  // else whoever comes over TCP is {"local", admin}
    std::vector<Token> tokens;
    std::vector<ClientCertificate> certificates;
    std::uint8_t socket_roles = bit(Role::admin);  // of those who come over the Unix socket
};

// 64 hexadecimal digits.
std::optional<crypto::Sha256> sha256_from_hex(std::string_view text);

struct PeerCertificate {
    std::string common_name;  // empty when there is not exactly one
    crypto::Sha256 sha256{};
};
struct Arrival {
    bool over_socket = false;
    std::optional<std::string_view> authorization;
    const PeerCertificate* certificate = nullptr;  // verified by TLS
};
struct Identity {
    Caller caller;
    bool authenticated = false;
};
struct Stranger {
    enum class Why { nothing_given, malformed, unknown_token, unknown_certificate };
    Why why = Why::nothing_given;
};
// A token that is given counts before a certificate, and a wrong one is not forgiven: it is judged
// wherever there are tokens.
std::variant<Identity, Stranger> identify(const Arrival&, const AuthenticationSettings&);

// 401, with the challenge that says what is wanted (RFC 6750 §3).
Response refusal(const Stranger&);
std::string_view to_string(Stranger::Why);

// What a browser may have been talked into, by a page of somebody else, while nobody is asked who
// they are: a name that was made to resolve to a loopback address (421), a form or a script that
// changes something (403).
struct Provenance {
    bool over_socket = false;
    std::string_view method;
    std::optional<std::string_view> host, origin;
};
std::optional<Response> objection(const Provenance&);

}  // namespace http
