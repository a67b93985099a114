#include "server/dtls/own_certificates.h"

#include <algorithm>
#include <array>
#include <utility>

#include <openssl/ssl.h>

#include "server/dtls/errors.h"
#include "server/dtls/x509_names.h"

namespace dtls {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same(std::string_view one, std::string_view other) {
    return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

Owned<X509> read_certificate(wire::BytesView der) {
    const unsigned char* at = der.data();
    Owned<X509> certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    return at == der.data() + der.size() ? std::move(certificate) : nullptr;
}

Owned<EVP_PKEY> read_key(wire::BytesView pkcs8) {
    const unsigned char* at = pkcs8.data();
    const Owned<PKCS8_PRIV_KEY_INFO> info(
        d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(pkcs8.size())));
    return Owned<EVP_PKEY>(info ? EVP_PKCS82PKEY(info.get()) : nullptr);
}

// What the ECDHE_ECDSA suites sign with, RFC 8422 §5.1.1. A DTLS server of OpenSSL's cannot use
// Ed25519, though it takes clients that do.
bool usable(const EVP_PKEY* key) {
    std::array<char, 32> curve{};
    std::size_t size = 0;
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
        EVP_PKEY_get_group_name(key, curve.data(), curve.size(), &size) != 1)
        return false;
    const std::string_view name(curve.data(), size);
    return name == "prime256v1" || name == "secp384r1";
}

bool fits(const wire::SocketAddress& listener, const wire::SocketAddress& local) {
    if (listener.port != local.port) return false;
    return listener.ip == local.ip ||
           (listener.ip.is_unspecified() && listener.ip.family() == local.ip.family());
}

}  // namespace

bool covers(std::string_view name, std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    if (host.empty()) return false;
    if (!name.starts_with("*.")) return same(name, host);
    const std::size_t dot = host.find('.');
    return dot != std::string_view::npos && dot > 0 && same(name.substr(1), host.substr(dot));
}

boost::system::result<OwnCertificates, std::string> OwnCertificates::make(
    const std::vector<Certificate>& settings) {
    OwnCertificates all;
    for (std::size_t i = 0; i < settings.size(); ++i) {
        auto held = read(settings[i]);
        forget_errors();
        if (!held) {
            const bool raw = settings[i].chain.empty();
            return (raw ? "the raw public key: " : "certificate " + std::to_string(i + 1) + ": ") +
                   held.error();
        }
        all.held_.push_back(std::move(*held));
    }
    return all;
}

boost::system::result<OwnCertificates::Held, std::string> OwnCertificates::read(
    const Certificate& settings) {
    using Result = boost::system::result<Held, std::string>;
    const auto refused = [](std::string why) { return Result(std::move(why)); };
    if (settings.chain.empty() && !has_raw_public_keys())
        return refused(std::string("raw public keys need OpenSSL 3.2 or newer, this is ") +
                       OpenSSL_version(OPENSSL_VERSION_STRING));
    Held held;
    held.key = read_key(settings.key.reveal());
    if (!held.key) return refused("its private key cannot be read as PKCS #8");
    if (!usable(held.key.get()))
        return refused("its key is none on P-256 or P-384, which the cipher suites need");
    if (!settings.chain.empty()) {
        held.leaf = read_certificate(settings.chain.front());
        if (!held.leaf) return refused("it cannot be read");
        if (X509_check_private_key(held.leaf.get(), held.key.get()) != 1)
            return refused("the private key is not the one of the certificate");
        held.issuers.reset(sk_X509_new_null());
        for (std::size_t i = 1; held.issuers && i < settings.chain.size(); ++i) {
            Owned<X509> issuer = read_certificate(settings.chain[i]);
            if (!issuer) return refused("a certificate of its chain cannot be read");
            if (sk_X509_push(held.issuers.get(), issuer.get()) == 0)
                return refused("out of memory");
            static_cast<void>(issuer.release());
        }
        if (!held.issuers) return refused("out of memory");
        held.names = dns_names(held.leaf.get());
    }
    held.names.insert(held.names.end(), settings.names.begin(), settings.names.end());
    held.listeners = settings.listeners;
    return held;
}

Kinds OwnCertificates::kinds() const {
    Kinds kinds;
    for (const Held& one : held_) (one.leaf ? kinds.certificate : kinds.raw_key) = true;
    return kinds;
}

const OwnCertificates::Held* OwnCertificates::find(bool raw_key, const Asked& asked) const {
    const Held* first = nullptr;
    for (const Held& one : held_) {
        if (raw_key != (one.leaf == nullptr)) continue;
        if (asked.local && !one.listeners.empty() &&
            std::none_of(
                one.listeners.begin(), one.listeners.end(),
                [&](const wire::SocketAddress& listener) { return fits(listener, *asked.local); }))
            continue;
        if (!asked.server_name.empty() &&
            std::any_of(one.names.begin(), one.names.end(),
                        [&](const std::string& name) { return covers(name, asked.server_name); }))
            return &one;
        if (first == nullptr) first = &one;
    }
    return first;
}

bool OwnCertificates::show(SSL* ssl, bool raw_key, const Asked& asked) const {
    const Held* const held = find(raw_key, asked);
    if (held == nullptr) return false;
    if (!held->leaf) return SSL_use_PrivateKey(ssl, held->key.get()) == 1;
    return SSL_use_cert_and_key(ssl, held->leaf.get(), held->key.get(), held->issuers.get(), 1) ==
           1;
}

}  // namespace dtls
