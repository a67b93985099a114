#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <boost/system/result.hpp>

#include "server/http/authentication.h"

struct ssl_ctx_st;
struct ssl_st;

namespace http {

// PEM files. With a client CA a certificate of the client is asked for, and what it vouches for is
// accepted; without a certificate the client still may send a token.
struct TlsSettings {
    std::filesystem::path certificate;  // and what leads to its root, in this order
    std::filesystem::path key;
    std::filesystem::path client_ca;  // empty: none is asked for
};

// What a TLS handshake is made with: 1.2 or newer, forward secret and authenticated ciphers only,
// no renegotiation, no resumption. Connections keep what they were made with.
class TlsContext {
  public:
    // The error names the file and what is wrong with it; nothing of a key is in it.
    static boost::system::result<std::shared_ptr<const TlsContext>, std::string> load(
        const TlsSettings&);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    // One server side of a connection, for the caller to free.
    ssl_st* make() const;

  private:
    explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
    ssl_ctx_st* context_;
};

// That of the client, once the handshake is done; it was verified then.
std::optional<PeerCertificate> peer_certificate(const ssl_st*);

}  // namespace http
