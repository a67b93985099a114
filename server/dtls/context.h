#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <boost/system/result.hpp>

#include "server/dtls/dtls.h"
#include "server/dtls/own_certificates.h"
#include "server/dtls/peer_verifier.h"
#include "server/wire/bytes.h"

typedef struct ssl_ctx_st SSL_CTX;
typedef struct bio_method_st BIO_METHOD;

namespace dtls {

// The OpenSSL contexts of one shard: one for the server role, two for dialling. Shared by the
// Listeners and Connections made from it, which may live longer than the settings are in force.
// Used by one thread.
class Context {
  public:
    // The text of the error tells which cipher suite or certificate cannot be used, and why.
    static boost::system::result<std::shared_ptr<Context>, std::string> make(const Settings&);
    ~Context();
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    // Without the certificates, whose keys OpenSSL holds.
    const Settings& settings() const { return settings_; }
    SSL_CTX* server() const { return server_; }
    // Null: the settings have no suite for it.
    SSL_CTX* psk_client() const { return psk_client_; }
    SSL_CTX* certificate_client() const { return certificate_client_; }
    const OwnCertificates& own() const { return *own_; }
    const PeerVerifier& peers() const { return *peers_; }
    const BIO_METHOD* datagram_method() const { return datagram_method_; }

    // Of a handshake datagram: the settings' mtu within what OpenSSL can do.
    std::size_t datagram_octets() const;
    // Of one record's plaintext, at least a CoAP message of RFC 7252 §4.6.
    std::size_t plaintext_octets() const;
    // Where a record is read into before it is copied out.
    std::span<std::uint8_t> scratch() { return scratch_; }

  private:
    explicit Context(const Settings&);
    // What is wrong; empty: nothing.
    std::string open();

    Settings settings_;
    SSL_CTX* server_ = nullptr;
    SSL_CTX* psk_client_ = nullptr;
    SSL_CTX* certificate_client_ = nullptr;
    std::optional<OwnCertificates> own_;
    std::optional<PeerVerifier> peers_;
    BIO_METHOD* datagram_method_ = nullptr;
    wire::Bytes scratch_;
};

}  // namespace dtls
