#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "provisioning/model/secret.h"
#include "server/wire/bytes.h"
#include "server/wire/time.h"

// What the parts of dtls/ share. DTLS 1.2 (RFC 6347) alone; no session resumption, no
// renegotiation, no compression.
namespace dtls {

// The default cipher suites, OpenSSL names: PSK_AES128_CCM8 (C0A8), CBC_SHA256 (00AE), GCM (00A8).
const std::vector<std::string>& default_cipher_suites();

struct Settings {
    std::vector<std::string> cipher_suites = default_cipher_suites();
    wire::Duration retransmission_timeout = std::chrono::seconds(1);
    wire::Duration handshake_timeout = std::chrono::seconds(60);
    std::size_t mtu = 1280;  // of a datagram, IP and UDP headers not counted
};

struct Psk {
    wire::Bytes identity;
    model::Secret key;
};

// Why an association ended, or never came about.
enum class Ending {
    closed_by_peer,  // close_notify
    closed_by_us,
    refused_by_peer,  // a fatal alert
    refused_by_us,    // unknown identity, wrong key, no common cipher suite, bad record …
    handshake_timeout,
};

struct Ended {
    Ending ending;
    std::string reason;  // for the log: alert name or OpenSSL's words, never key material
};

// What an input led to. Reusable: appended to.
struct Output {
    std::vector<wire::Bytes> datagrams;   // to send, in order
    std::vector<wire::Bytes> plaintexts;  // application data received, one element a record
    bool identity_wanted = false;         // look identity() up, then call provide() or deny()
    bool established = false;             // the handshake has just finished, both Finished verified
    std::vector<Ended> ended;             // at most one
};

}  // namespace dtls
