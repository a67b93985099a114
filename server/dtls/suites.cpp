#include "server/dtls/suites.h"

#include <utility>

#include <openssl/ssl.h>

#include "server/dtls/errors.h"

namespace dtls {
namespace {

// Newer OpenSSL refuses the CCM_8 suites above that. What may be negotiated is the explicit list
// alone.
constexpr const char* level = "@SECLEVEL=0";

// The one suite of that exact name: a cipher *string* could hold aliases and commands.
const SSL_CIPHER* suite_of(SSL_CTX* probe, const std::string& name) {
    const bool set = SSL_CTX_set_cipher_list(probe, (name + ":" + level).c_str()) == 1;
    forget_errors();
    if (!set) return nullptr;
    const STACK_OF(SSL_CIPHER)* suites = SSL_CTX_get_ciphers(probe);
    if (sk_SSL_CIPHER_num(suites) != 1) return nullptr;
    const SSL_CIPHER* const suite = sk_SSL_CIPHER_value(suites, 0);
    return SSL_CIPHER_get_name(suite) == name ? suite : nullptr;
}

// Newer OpenSSL counts CCM_8 as 64 bits, by its tag: its bits tell nothing.
bool is_weak(const SSL_CIPHER* suite) {
    const int cipher = SSL_CIPHER_get_cipher_nid(suite);
    return cipher == NID_undef || cipher == NID_rc4 || cipher == NID_des_ede3_cbc;
}

bool is_psk(const SSL_CIPHER* suite) {
    const int exchange = SSL_CIPHER_get_kx_nid(suite);
    return exchange == NID_kx_psk || exchange == NID_kx_ecdhe_psk;
}

bool is_certificate(const SSL_CIPHER* suite) {
    return SSL_CIPHER_get_kx_nid(suite) == NID_kx_ecdhe &&
           SSL_CIPHER_get_auth_nid(suite) == NID_auth_ecdsa;
}

}  // namespace

boost::system::result<Suites, std::string> read_suites(SSL_CTX* probe,
                                                       const std::vector<std::string>& names,
                                                       bool with_certificates) {
    using Result = boost::system::result<Suites, std::string>;
    const auto refused = [](std::string why) {
        return Result(boost::system::in_place_error, std::move(why));
    };
    if (names.empty()) return refused("no cipher suite is given");
    SSL_CTX_set_ciphersuites(probe, "");  // those of version 1.3, which would be listed, too
    Suites suites;
    for (const std::string& name : names) {
        const SSL_CIPHER* const suite = suite_of(probe, name);
        if (suite == nullptr)
            return refused("\"" + name + "\" is no cipher suite of DTLS 1.2 by OpenSSL's name");
        if (!is_psk(suite) && !is_certificate(suite))
            return refused("\"" + name + "\" is no PSK, ECDHE-PSK or ECDHE-ECDSA cipher suite");
        if (is_weak(suite)) return refused("\"" + name + "\" is too weak");
        if (is_certificate(suite) && !with_certificates) continue;
        suites.all += name + ":";
        (is_psk(suite) ? suites.psk : suites.certificate) += name + ":";
    }
    if (suites.all.empty())
        return refused("every cipher suite given needs a certificate, and there is none");
    for (std::string* list : {&suites.all, &suites.psk, &suites.certificate})
        if (!list->empty()) *list += level;
    return suites;
}

}  // namespace dtls
