#include "config/dtls_settings.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <nlohmann/json.hpp>

#include "config/section.h"

namespace config {
namespace {

using document::Node;

constexpr std::array<std::string_view, 3> endpoint_rules = {"commonName", "dnsName", "uri"};
constexpr std::size_t most_certificates = 100;

void read_cipher_suites(const Section& section, std::vector<std::string>& suites) {
    const auto list = section.member("cipherSuites");
    if (!list || !list->array()) return;
    for (std::size_t i = 0; i < list->size(); ++i) {
        const Node node = list->element(i);
        const auto name = node.text();
        if (!name) continue;
        // The names are joined to OpenSSL's cipher list, in which ":", "@", "!" are operators.
        constexpr std::string_view allowed =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        if (name->empty() || name->find_first_not_of(allowed) != std::string::npos)
            node.problem("is no name of a cipher suite",
                         "write OpenSSL's name, as in \"PSK-AES128-CCM8\"");
        else if (std::find(suites.begin(), suites.end(), *name) != suites.end())
            node.problem("is there twice", "keep one of them");
        else
            suites.push_back(*name);
    }
}

// A host name in lower case, perhaps with "*" for its first label (RFC 6125 §6.4.3).
bool is_host_name(std::string_view name) {
    if (name.starts_with("*.")) name.remove_prefix(2);
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
    return !name.empty() && name.size() <= 253 &&
           name.find_first_not_of(allowed) == std::string_view::npos && name.front() != '.' &&
           name.back() != '.' && name.find("..") == std::string_view::npos;
}

std::string lower(std::string text) {
    for (char& octet : text)
        if (octet >= 'A' && octet <= 'Z') octet = static_cast<char>(octet - 'A' + 'a');
    return text;
}

void read_names(const Section& section, std::vector<std::string>& names) {
    const auto list = section.member("names");
    if (!list || !list->array()) return;
    for (std::size_t i = 0; i < list->size(); ++i) {
        const Node node = list->element(i);
        auto name = node.text();
        if (!name) continue;
        *name = lower(std::move(*name));
        if (!is_host_name(*name))
            node.problem("is no host name",
                         "write one as in \"bs.example.com\" or \"*.example.com\"");
        else if (std::find(names.begin(), names.end(), *name) != names.end())
            node.problem("is there twice", "keep one of them");
        else
            names.push_back(std::move(*name));
    }
}

// As listen.coaps writes them, or in another way of writing the same address.
void read_listeners(const Section& section, const std::vector<std::string>& listened,
                    std::vector<std::string>& listeners) {
    std::vector<Address> seen;
    listeners = addresses(section, "listen", seen);
    for (const Address& one : seen) {
        const auto is_that = [&](const std::string& text) {
            return wire::SocketAddress::from(text) == one.address;
        };
        if (std::none_of(listened.begin(), listened.end(), is_that))
            section.node()->problem_elsewhere(one.pointer, "is none of the addresses in \"coaps\"",
                                              "write one of /listen/coaps, or leave it out");
    }
}

Dtls::Certificate read_certificate(const Node& node, const std::filesystem::path& folder,
                                   const std::vector<std::string>& listened) {
    Dtls::Certificate certificate;
    const Section section(node, {"certificate", "key", "names", "listen"});
    if (!section.present()) return certificate;
    if (node.required("certificate")) section.path("certificate", certificate.certificate, folder);
    if (node.required("key")) section.path("key", certificate.key, folder);
    read_names(section, certificate.names);
    read_listeners(section, listened, certificate.listen);
    return certificate;
}

void read_clients(const Section& dtls, const std::filesystem::path& folder,
                  Dtls::Clients& clients) {
    if (!dtls.node()) return;
    const Section section(*dtls.node(), "clients", {"ca", "crl", "crlRequired", "endpoint"});
    section.paths("ca", clients.authorities, folder);
    section.paths("crl", clients.revocations, folder);
    section.flag("crlRequired", clients.needs_revocations);
    if (const auto node = section.member("endpoint"))
        if (const auto index = node->choice(endpoint_rules))
            clients.endpoint = static_cast<Dtls::Clients::Endpoint>(*index);
    const auto has = [&](std::string_view key) {
        const auto node = section.member(key);
        return node && node->is_array() && node->size() > 0;
    };
    if (has("crl") && !has("ca"))
        section.member("crl")->problem("is there without a CA whose list it is",
                                       "name the CAs in \"ca\", or leave it out");
    if (clients.needs_revocations && !has("crl"))
        section.member("crlRequired")
            ->problem("would refuse every certificate: there is no list",
                      "name the lists in \"crl\", or leave it out");
}

nlohmann::ordered_json texts(const std::vector<std::filesystem::path>& paths) {
    auto all = nlohmann::ordered_json::array();
    for (const auto& path : paths) all.push_back(path.string());
    return all;
}

}  // namespace

void read_dtls(const Node& root, const std::filesystem::path& folder,
               const std::vector<std::string>& listened, Dtls& dtls) {
    const Section section(root, "dtls",
                          {"cipherSuites", "retransmissionTimeout", "handshakeTimeout", "mtu",
                           "certificates", "rawPublicKey", "clients", "certificateWarning"});
    read_cipher_suites(section, dtls.cipher_suites);
    section.seconds("retransmissionTimeout", dtls.retransmission_timeout, 0.01, 60);
    section.seconds("handshakeTimeout", dtls.handshake_timeout, 0.1, 3600);
    section.count("mtu", dtls.mtu, 256, 9000);
    section.seconds("certificateWarning", dtls.certificate_warning, 0, 10.0 * 365 * 86400);
    if (const auto list = section.member("certificates"); list && list->array()) {
        if (list->size() > most_certificates)
            list->problem("has more than 100 certificates", "let one have several names");
        else
            for (std::size_t i = 0; i < list->size(); ++i)
                dtls.certificates.push_back(read_certificate(list->element(i), folder, listened));
    }
    if (const auto node = section.member("rawPublicKey"); node && !node->is_null()) {
        const Section key(*node, {"key"});
        if (key.present() && node->required("key")) key.path("key", dtls.raw_public_key, folder);
    }
    read_clients(section, folder, dtls.clients);
}

nlohmann::ordered_json dtls_json(const Dtls& dtls) {
    nlohmann::ordered_json json = {{"cipherSuites", dtls.cipher_suites},
                                   {"retransmissionTimeout", dtls.retransmission_timeout},
                                   {"handshakeTimeout", dtls.handshake_timeout},
                                   {"mtu", dtls.mtu}};
    auto& certificates = json["certificates"] = nlohmann::ordered_json::array();
    for (const Dtls::Certificate& one : dtls.certificates)
        certificates.push_back({{"certificate", one.certificate.string()},
                                {"key", one.key.string()},
                                {"names", one.names},
                                {"listen", one.listen}});
    json["rawPublicKey"] = nullptr;
    if (!dtls.raw_public_key.empty())
        json["rawPublicKey"] = {{"key", dtls.raw_public_key.string()}};
    json["clients"] = {
        {"ca", texts(dtls.clients.authorities)},
        {"crl", texts(dtls.clients.revocations)},
        {"crlRequired", dtls.clients.needs_revocations},
        {"endpoint", endpoint_rules[static_cast<std::size_t>(dtls.clients.endpoint)]}};
    json["certificateWarning"] = dtls.certificate_warning;
    return json;
}

void dtls_needs_restart(const Dtls& running, const Dtls& wanted,
                        std::vector<std::string>& changed) {
    const auto compare = [&](std::string_view pointer, const auto& from, const auto& to) {
        if (from != to) changed.emplace_back(pointer);
    };
    compare("/dtls/cipherSuites", running.cipher_suites, wanted.cipher_suites);
    compare("/dtls/retransmissionTimeout", running.retransmission_timeout,
            wanted.retransmission_timeout);
    compare("/dtls/handshakeTimeout", running.handshake_timeout, wanted.handshake_timeout);
    compare("/dtls/mtu", running.mtu, wanted.mtu);
}

}  // namespace config
