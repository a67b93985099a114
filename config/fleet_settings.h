#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "config/document/document.h"

namespace config {

// "fleet": devices that have no record of their own, off unless it is there. A device with a record
// is never the fleet's. All of it can change without a restart.
struct Fleet {
    // Each device's PSK is derived from a master key; its identity is its endpoint name.
    struct Psk {
        std::filesystem::path master_key;  // the file, or "credential:NAME"
        std::string profile;
        std::string endpoint = "*";  // a pattern: "*" stands for any octets
        friend bool operator==(const Psk&, const Psk&) = default;
    };
    // By the endpoint, or by who issued the certificate that proves it; the first that fits.
    struct Rule {
        enum class Credentials {
            x509,  // a certificate of dtls.clients.ca
            nosec,
        };
        std::string endpoint = "*";  // a pattern
        std::string issuer;          // as RFC 2253 writes it; empty: any
        std::string profile;
        Credentials credentials = Credentials::x509;
        friend bool operator==(const Rule&, const Rule&) = default;
    };
    std::vector<Psk> psk;
    std::vector<Rule> rules;
    friend bool operator==(const Fleet&, const Fleet&) = default;
};

// `has_authorities`: dtls.clients.ca names one, without which no certificate is verified.
void read_fleet(const document::Node& root, const std::filesystem::path& folder,
                bool has_authorities, Fleet&);
nlohmann::ordered_json fleet_json(const Fleet&);

}  // namespace config
