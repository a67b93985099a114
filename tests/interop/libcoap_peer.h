#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <coap3/coap.h>
#include <nlohmann/json.hpp>

// What the test peers share in speaking through libcoap.
namespace interop {

struct ContextDeleter {
    void operator()(coap_context_t* context) const { coap_free_context(context); }
};
using Context = std::unique_ptr<coap_context_t, ContextDeleter>;

// "coap://127.0.0.1:5683", "coaps://[::1]:5684": numeric addresses only.
struct Target {
    coap_address_t address;
    bool secured = false;
};
std::optional<Target> parse_target(const std::string& uri);
coap_address_t loopback(std::uint16_t port);
coap_address_t on_address(const std::string& ip, std::uint16_t port);  // IPv4

std::optional<std::string> from_hex(const std::string& text);
std::string to_hex(const std::string& octets);

std::string path_of(const coap_pdu_t* request);
std::vector<std::string> queries_of(const coap_pdu_t* request);
std::optional<std::uint16_t> number_option(const coap_pdu_t* message, coap_option_num_t number);
// The whole body, put together from its blocks.
std::string body_of(const coap_pdu_t* message);

std::string code_text(coap_pdu_code_t code);  // "2.04"
std::optional<coap_pdu_code_t> parse_code(const std::string& text);

// A line of JSON on standard output, flushed: whoever waits for the event sees it at once.
void tell(const nlohmann::ordered_json& line);

// Hands everything that no other resource takes to the one handler of GET, PUT, POST and DELETE.
void serve_everything(coap_context_t* context, coap_method_handler_t handler);

// Lets a DTLS server know its peers: identity → key.
using PskLookup = std::function<std::optional<std::string>(const std::string& identity)>;
bool accept_psk(coap_context_t* context, PskLookup& lookup);

// What a peer shows instead of a PSK; all of it DER.
struct PublicKey {
    std::string certificate;  // of a raw public key (RFC 7250) the SubjectPublicKeyInfo
    std::string key;          // the private key, PKCS #8 or SEC1
    // What the other's certificate comes from, or is; without one it is not looked at, and not
    // asked for. libcoap lets every raw public key in.
    std::string authority;
    std::string sni;
    bool raw = false;
};
// For libcoap, which copies the struct alone: `key` outlives every context and session made of it.
coap_dtls_pki_t pki_of(const PublicKey& key);

std::optional<std::string> read_file(const std::string& path);

// Tells every fatal alert of a peer as {"event":"alert","number":48}; libcoap hands them out in no
// other way than in its log.
void tell_alerts();

}  // namespace interop
