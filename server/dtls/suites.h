#pragma once

#include <string>
#include <vector>

#include <boost/system/result.hpp>

typedef struct ssl_ctx_st SSL_CTX;

namespace dtls {

// The cipher suites of the settings as OpenSSL's cipher strings, by what proves who a peer is;
// empty where there is none.
struct Suites {
    std::string all;
    std::string psk;
    std::string certificate;  // for raw public keys, too
};
// Suites for certificates count only `with_certificates`. The error tells which suite is none that
// may be used. The probe's own list is overwritten.
boost::system::result<Suites, std::string> read_suites(SSL_CTX* probe,
                                                       const std::vector<std::string>& names,
                                                       bool with_certificates);

}  // namespace dtls
