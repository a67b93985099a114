#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "provisioning/model/secret.h"
#include "server/crypto/digest.h"
#include "server/wire/bytes.h"
#include "server/wire/socket_address.h"
#include "server/wire/time.h"

// What the parts of dtls/ share. DTLS 1.2 (RFC 6347) alone; no session resumption, no
// renegotiation, no compression.
namespace dtls {

// The default cipher suites, OpenSSL names, the preferred first: PSK with AES128 CCM8 (C0A8),
// CBC_SHA256 (00AE), GCM (00A8), and behind them ECDHE_ECDSA with CCM8 (C0AE), CBC_SHA256 (C023),
// GCM (C02B), which count only where the settings have a certificate or a raw public key.
const std::vector<std::string>& default_cipher_suites();

// Whether this OpenSSL has raw public keys (RFC 7250): from 3.2.
bool has_raw_public_keys();

// One of our certificates, or (without a chain) our raw public key.
struct Certificate {
    std::vector<wire::Bytes> chain;  // DER, the leaf first; empty: a raw public key, RFC 7250
    model::Secret key;               // its private key, PKCS #8 DER
    // The names that a client asks for by SNI (RFC 6066 §3), lower case, "*.example.com" too; the
    // leaf's own DNS names count besides.
    std::vector<std::string> names;
    // The listening addresses it is for; empty: all of them. An unspecified address stands for
    // every one of its family.
    std::vector<wire::SocketAddress> listeners;
};

// How a peer's certificate is looked at.
struct PeerVerification {
    std::vector<wire::Bytes> authorities;  // DER; none: only pinned certificates and keys are taken
    std::vector<wire::Bytes> revocations;  // DER of CRLs
    // An issuer without a list of its own is refused.
    bool needs_revocations = false;
    // Where the endpoint's name stands.
    enum class Name { common_name, dns_name, uri } name = Name::common_name;
};

struct Settings {
    // The first that fits the name asked for, and else the first that fits the listener, is used.
    std::vector<Certificate> certificates;
    PeerVerification peers;
    std::vector<std::string> cipher_suites = default_cipher_suites();
    wire::Duration retransmission_timeout = std::chrono::seconds(1);
    wire::Duration handshake_timeout = std::chrono::seconds(60);
    std::size_t mtu = 1280;  // of a datagram, IP and UDP headers not counted
};

struct Psk {
    wire::Bytes identity;
    model::Secret key;
};

// What a peer showed of itself; proved once the handshake has finished.
struct PublicKeyClaim {
    crypto::Sha256 key{};                       // of the SubjectPublicKeyInfo
    std::optional<crypto::Sha256> certificate;  // of the DER; nothing: a raw public key
    std::string endpoint;                       // by PeerVerification::name; empty: none
    std::string issuer;                         // as RFC 2253 writes it
    bool verified = false;                      // against PeerVerification, at this moment
    std::string why_not;                        // in OpenSSL's words
};
// What is known of the claim: a pinned certificate has to be within its time, a pinned key not.
enum class Trust { none, authority, pinned_certificate, pinned_key };

// Whom we dial, by certificate or raw public key: any of these is enough.
struct ExpectedPeer {
    std::string endpoint;  // verified, with this name; empty: not enough
    std::vector<crypto::Sha256> certificates;
    std::vector<crypto::Sha256> keys;
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
    // The peer failed to prove what it claims: guessing, or a device with wrong keys.
    bool unproved = false;
};

// What an input led to. Reusable: appended to.
struct Output {
    std::vector<wire::Bytes> datagrams;   // to send, in order
    std::vector<wire::Bytes> plaintexts;  // application data received, one element a record
    // Look identity() or claim() up, then call provide(), trust() or deny().
    bool identity_wanted = false;
    bool established = false;  // the handshake has just finished, both Finished verified
    std::vector<Ended> ended;  // at most one
};

}  // namespace dtls
