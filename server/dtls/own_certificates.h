#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include "server/dtls/dtls.h"
#include "server/dtls/openssl_owned.h"
#include "server/dtls/raw_public_key.h"
#include "server/wire/socket_address.h"

namespace dtls {

// Our certificates and raw public keys, and which of them an association shows.
class OwnCertificates {
  public:
    // The error tells which one cannot be used, and why; it holds no octet of a key.
    static boost::system::result<OwnCertificates, std::string> make(
        const std::vector<Certificate>&);

    bool empty() const { return held_.empty(); }
    Kinds kinds() const;

    // Where a client asks: the listening address that it came to, and the name of its SNI.
    struct Asked {
        std::optional<wire::SocketAddress> local;
        std::string_view server_name;
    };
    // Gives the SSL what it shows; false: nothing fits, or OpenSSL has no memory. With raw_key one
    // without a chain.
    bool show(SSL*, bool raw_key, const Asked&) const;

  private:
    struct Held {
        Owned<X509> leaf;  // null: a raw public key
        Owned<STACK_OF(X509)> issuers;
        Owned<EVP_PKEY> key;
        std::vector<std::string> names;
        std::vector<wire::SocketAddress> listeners;
    };
    static boost::system::result<Held, std::string> read(const Certificate&);
    const Held* find(bool raw_key, const Asked&) const;

    std::vector<Held> held_;
};

// Whether a name that a certificate is for, "*.example.com" too, covers a host name, RFC 6125
// §6.4.3; letters count alike.
bool covers(std::string_view name, std::string_view host);

}  // namespace dtls
