#include "tests/interop/libcoap_peer.h"

#include <arpa/inet.h>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <netdb.h>
#include <sstream>

namespace interop {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

struct StringDeleter {
    void operator()(coap_string_t* text) const { coap_delete_string(text); }
};
struct BinaryDeleter {
    void operator()(coap_bin_const_t* bytes) const { coap_delete_bin_const(bytes); }
};

// libcoap copies what it is handed before it calls back again.
const coap_bin_const_t* find_key(coap_bin_const_t* identity, coap_session_t*, void* argument) {
    static thread_local std::unique_ptr<coap_bin_const_t, BinaryDeleter> last;
    const auto& lookup = *static_cast<PskLookup*>(argument);
    const auto key =
        lookup(std::string(reinterpret_cast<const char*>(identity->s), identity->length));
    if (!key) return nullptr;
    last.reset(coap_new_bin_const(reinterpret_cast<const std::uint8_t*>(key->data()), key->size()));
    return last.get();
}

// A name, as of another container.
bool resolve(const std::string& host, coap_address_t& address) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_DGRAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), nullptr, &wanted, &found) != 0) return false;
    address.size = found->ai_addrlen;
    std::memcpy(&address.addr, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return true;
}

}  // namespace

std::optional<Target> parse_target(const std::string& uri) {
    coap_uri_t parts;
    if (coap_split_uri(reinterpret_cast<const std::uint8_t*>(uri.data()), uri.size(), &parts) < 0) {
        return std::nullopt;
    }
    Target target;
    target.secured = parts.scheme == COAP_URI_SCHEME_COAPS;
    const std::string host(reinterpret_cast<const char*>(parts.host.s), parts.host.length);
    coap_address_init(&target.address);
    if (inet_pton(AF_INET, host.c_str(), &target.address.addr.sin.sin_addr) == 1) {
        target.address.addr.sa.sa_family = AF_INET;
        target.address.size = sizeof(sockaddr_in);
    } else if (inet_pton(AF_INET6, host.c_str(), &target.address.addr.sin6.sin6_addr) == 1) {
        target.address.addr.sa.sa_family = AF_INET6;
        target.address.size = sizeof(sockaddr_in6);
    } else if (!resolve(host, target.address)) {
        return std::nullopt;
    }
    coap_address_set_port(&target.address, parts.port);
    return target;
}

coap_address_t loopback(std::uint16_t port) {
    return on_address("127.0.0.1", port);
}

coap_address_t on_address(const std::string& ip, std::uint16_t port) {
    coap_address_t address;
    coap_address_init(&address);
    address.addr.sa.sa_family = AF_INET;
    inet_pton(AF_INET, ip.c_str(), &address.addr.sin.sin_addr);
    address.size = sizeof(sockaddr_in);
    coap_address_set_port(&address, port);
    return address;
}

std::optional<std::string> from_hex(const std::string& text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string octets;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const std::size_t high = digits.find(text[i]);
        const std::size_t low = digits.find(text[i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
        octets.push_back(static_cast<char>(high * 16 + low));
    }
    return octets;
}

std::string to_hex(const std::string& octets) {
    std::string text;
    for (const char c : octets) {
        const auto octet = static_cast<unsigned char>(c);
        text.push_back(digits[octet >> 4U]);
        text.push_back(digits[octet & 15U]);
    }
    return text;
}

std::string path_of(const coap_pdu_t* request) {
    const std::unique_ptr<coap_string_t, StringDeleter> path(coap_get_uri_path(request));
    if (!path) return "/";
    return "/" + std::string(reinterpret_cast<const char*>(path->s), path->length);
}

std::vector<std::string> queries_of(const coap_pdu_t* request) {
    std::vector<std::string> queries;
    coap_opt_filter_t wanted;
    coap_option_filter_clear(&wanted);
    coap_option_filter_set(&wanted, COAP_OPTION_URI_QUERY);
    coap_opt_iterator_t iterator;
    coap_option_iterator_init(request, &iterator, &wanted);
    while (const coap_opt_t* option = coap_option_next(&iterator)) {
        queries.emplace_back(reinterpret_cast<const char*>(coap_opt_value(option)),
                             coap_opt_length(option));
    }
    return queries;
}

std::optional<std::uint16_t> number_option(const coap_pdu_t* message, coap_option_num_t number) {
    coap_opt_iterator_t iterator;
    const coap_opt_t* option = coap_check_option(message, number, &iterator);
    if (option == nullptr) return std::nullopt;
    return static_cast<std::uint16_t>(
        coap_decode_var_bytes(coap_opt_value(option), coap_opt_length(option)));
}

std::string body_of(const coap_pdu_t* message) {
    std::size_t size = 0;
    std::size_t offset = 0;
    std::size_t total = 0;
    const std::uint8_t* data = nullptr;
    if (coap_get_data_large(message, &size, &data, &offset, &total) == 0) return {};
    return {reinterpret_cast<const char*>(data), size};
}

std::string code_text(coap_pdu_code_t code) {
    const auto value = static_cast<unsigned>(code);
    char text[8];
    std::snprintf(text, sizeof text, "%u.%02u", value >> 5U & 7U, value & 31U);
    return text;
}

std::optional<coap_pdu_code_t> parse_code(const std::string& text) {
    if (text.size() != 4 || text[1] != '.') return std::nullopt;
    const int value = (text[0] - '0') * 32 + (text[2] - '0') * 10 + (text[3] - '0');
    if (value < 64 || value > 191) return std::nullopt;
    return static_cast<coap_pdu_code_t>(value);
}

void tell(const nlohmann::ordered_json& line) {
    std::cout << line.dump() << std::endl;
}

void serve_everything(coap_context_t* context, coap_method_handler_t handler) {
    coap_resource_t* resource = coap_resource_unknown_init(handler);
    for (const coap_request_t method : {COAP_REQUEST_GET, COAP_REQUEST_POST, COAP_REQUEST_DELETE}) {
        coap_register_handler(resource, method, handler);
    }
    coap_add_resource(context, resource);
}

bool accept_psk(coap_context_t* context, PskLookup& lookup) {
    coap_dtls_spsk_t setup{};
    setup.version = COAP_DTLS_SPSK_SETUP_VERSION;
    setup.validate_id_call_back = find_key;
    setup.id_call_back_arg = &lookup;
    return coap_context_set_psk2(context, &setup) == 1;
}

coap_dtls_pki_t pki_of(const PublicKey& key) {
    const auto octets = [](const std::string& text) {
        return text.empty() ? nullptr : reinterpret_cast<const std::uint8_t*>(text.data());
    };
    coap_dtls_pki_t setup{};
    setup.version = COAP_DTLS_PKI_SETUP_VERSION;
    setup.verify_peer_cert = key.authority.empty() && !key.raw ? 0 : 1;
    setup.is_rpk_not_cert = key.raw ? 1 : 0;
    // The field is not const, and is only read.
    setup.client_sni = key.sni.empty() ? nullptr : const_cast<char*>(key.sni.c_str());
    setup.pki_key.key_type = COAP_PKI_KEY_ASN1;
    coap_pki_key_asn1_t& der = setup.pki_key.key.asn1;
    der.public_cert = octets(key.certificate);
    der.public_cert_len = key.certificate.size();
    der.private_key = octets(key.key);
    der.private_key_len = key.key.size();
    // COAP_ASN1_PKEY_EC would have libcoap make the public key out of SEC1, not of PKCS #8.
    der.private_key_type = COAP_ASN1_PKEY_NONE;
    der.ca_cert = octets(key.authority);
    der.ca_cert_len = key.authority.size();
    return setup;
}

std::optional<std::string> read_file(const std::string& path) {
    const std::ifstream in(path, std::ios::binary);
    if (!in) return std::nullopt;
    std::ostringstream octets;
    octets << in.rdbuf();
    return octets.str();
}

void tell_alerts() {
    coap_set_log_level(static_cast<coap_log_t>(LOG_WARNING));
    coap_dtls_set_log_level(static_cast<coap_log_t>(0));
    coap_set_log_handler([](coap_log_t, const char* message) {
        constexpr std::string_view before = "Alert '";  // "***SESSION: Alert '48': CA is unknown"
        const std::string_view line = message;
        const std::size_t at = line.find(before);
        if (at == std::string_view::npos) return;
        unsigned number = 0;
        std::from_chars(line.data() + at + before.size(), line.data() + line.size(), number);
        tell({{"event", "alert"}, {"number", number}});
    });
}

}  // namespace interop
