#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "config/document/document.h"

namespace config {

// "http": where the API is, and who may use it. Times are seconds.
struct Http {
    struct Tls {
        std::filesystem::path certificate;  // PEM; what leads to its root after it
        std::filesystem::path key;          // PEM
        std::filesystem::path client_ca;    // PEM; empty (null): no client certificates
        friend bool operator==(const Tls&, const Tls&) = default;
    };
    // Roles are "attach", "read", "provision", "admin", as the API knows them.
    struct Token {
        std::string name;
        std::vector<std::string> roles;
        std::string sha256;  // of the token, 64 hexadecimal digits in lower case
        friend bool operator==(const Token&, const Token&) = default;
    };
    struct Certificate {
        std::string name;
        std::vector<std::string> roles;
        std::string subject;  // its common name, or, where this is empty,
        std::string sha256;   // of its DER, 64 hexadecimal digits in lower case
        friend bool operator==(const Certificate&, const Certificate&) = default;
    };

    std::vector<std::string> listen;      // loopback only, unless there are both of:
    std::string authentication = "none";  // "none", "required"
    std::optional<Tls> tls;
    std::vector<Token> tokens;
    std::vector<Certificate> certificates;
    std::filesystem::path socket;  // empty: none
    std::vector<std::string> socket_roles = {"admin"};
    std::size_t max_body = 1024 * 1024;
    std::uint64_t max_import = 1024 * 1024 * 1024;
    std::size_t max_header = 16 * 1024;
    std::size_t max_connections = 256;
    std::size_t event_subscribers = 64;
    double idle_timeout = 30;
    friend bool operator==(const Http&, const Http&) = default;
};

void read_http(const document::Node& root, const std::filesystem::path& folder, Http&);
nlohmann::ordered_json http_json(const Http&);
// Which of the changes need a restart is added, by pointer. Certificates and whom the API knows
// do not.
void http_needs_restart(const Http& running, const Http& wanted, std::vector<std::string>& changed);

}  // namespace config
