#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "config/document/document.h"

namespace config {

// "dtls": how devices and the daemon prove to each other who they are. Times are seconds. Files are
// PEM; a path may name a systemd credential. What the files hold can change without a restart, and
// so can all of this but the suites and the times.
struct Dtls {
    // One of our certificates, with what leads to its root after it in the file.
    struct Certificate {
        std::filesystem::path certificate;
        std::filesystem::path key;
        std::vector<std::string> names;   // asked for by SNI (RFC 6066 §3), "*.example.com" too
        std::vector<std::string> listen;  // of listen.coaps; none: all of them
        friend bool operator==(const Certificate&, const Certificate&) = default;
    };
    // Whose certificates devices may have.
    struct Clients {
        enum class Endpoint { common_name, dns_name, uri };
        std::vector<std::filesystem::path> authorities;  // "ca"
        std::vector<std::filesystem::path> revocations;  // "crl"
        bool needs_revocations = false;                  // "crlRequired"
        Endpoint endpoint = Endpoint::common_name;       // where its name stands
        friend bool operator==(const Clients&, const Clients&) = default;
    };

    std::vector<std::string> cipher_suites;  // OpenSSL names; empty: the default list
    double retransmission_timeout = 1.0;     // the first; doubles (RFC 6347 §4.2.4.1)
    double handshake_timeout = 60;
    std::size_t mtu = 1280;
    std::vector<Certificate> certificates;
    std::filesystem::path raw_public_key;  // RFC 7250: the private key; empty: none
    Clients clients;
    double certificate_warning = 30 * 86400;  // so long ahead of its end the log tells
    friend bool operator==(const Dtls&, const Dtls&) = default;
};

// `listened`: listen.coaps, of which a certificate's "listen" names some.
void read_dtls(const document::Node& root, const std::filesystem::path& folder,
               const std::vector<std::string>& listened, Dtls&);
nlohmann::ordered_json dtls_json(const Dtls&);
// Which of the changes need a restart is added, by pointer.
void dtls_needs_restart(const Dtls& running, const Dtls& wanted, std::vector<std::string>& changed);

}  // namespace config
