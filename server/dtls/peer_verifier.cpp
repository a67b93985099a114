#include "server/dtls/peer_verifier.h"

#include <algorithm>
#include <utility>

#include "server/dtls/errors.h"
#include "server/dtls/x509_names.h"

namespace dtls {
namespace {

// Issuers between a device and one of ours.
constexpr int max_depth = 4;
// OpenSSL's level of 112 bits: no SHA-1, no RSA below 2048 bits. The suites' own level is 0.
constexpr int least_strength = 2;

template <class T>
Owned<T> read_whole(wire::BytesView der, T* (*read)(T**, const unsigned char**, long)) {
    const unsigned char* at = der.data();
    Owned<T> one(read(nullptr, &at, static_cast<long>(der.size())));
    if (at != der.data() + der.size()) one.reset();
    return one;
}

// What an i2d function writes; empty where it fails.
template <class T>
wire::Bytes written(const T* one, int (*write)(const T*, unsigned char**)) {
    unsigned char* octets = nullptr;
    const int size = write(one, &octets);
    if (size <= 0) return {};
    wire::Bytes out(octets, octets + size);
    OPENSSL_free(octets);
    return out;
}

// The number of certificates is bounded before.
Owned<STACK_OF(X509)> read_others(const std::vector<wire::BytesView>& chain) {
    Owned<STACK_OF(X509)> others(sk_X509_new_null());
    for (std::size_t i = 1; others && i < chain.size(); ++i) {
        Owned<X509> one = read_whole(chain[i], d2i_X509);
        if (one && sk_X509_push(others.get(), one.get()) > 0) static_cast<void>(one.release());
    }
    return others;
}

int check_time(const X509* certificate) {
    const int since = X509_cmp_current_time(X509_get0_notBefore(certificate));
    if (since == 0) return X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD;
    if (since > 0) return X509_V_ERR_CERT_NOT_YET_VALID;
    const int until = X509_cmp_current_time(X509_get0_notAfter(certificate));
    if (until == 0) return X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD;
    if (until < 0) return X509_V_ERR_CERT_HAS_EXPIRED;
    return X509_V_OK;
}

// Where an issuer has no list, it says nothing of what it issued.
int tolerate_missing_list(int good, X509_STORE_CTX* check) {
    if (good == 1 || X509_STORE_CTX_get_error(check) != X509_V_ERR_UNABLE_TO_GET_CRL) return good;
    X509_STORE_CTX_set_error(check, X509_V_OK);
    return 1;
}

// The last of the chain is one of ours: whoever wrote the settings vouches for it.
int want_lists_below_ours(int good, X509_STORE_CTX* check) {
    const STACK_OF(X509)* const chain = X509_STORE_CTX_get0_chain(check);
    if (X509_STORE_CTX_get_error_depth(check) < sk_X509_num(chain) - 1) return good;
    return tolerate_missing_list(good, check);
}

}  // namespace

boost::system::result<PeerVerifier, std::string> PeerVerifier::make(
    const PeerVerification& settings) {
    PeerVerifier verifier;
    verifier.store_.reset(X509_STORE_new());
    if (!verifier.store_) return std::string("out of memory");
    X509_STORE* const store = verifier.store_.get();
    for (std::size_t i = 0; i < settings.authorities.size(); ++i) {
        const Owned<X509> one = read_whole(settings.authorities[i], d2i_X509);
        forget_errors();
        const std::string which = "authority " + std::to_string(i + 1);
        if (!one) return which + " cannot be read";
        if (X509_check_ca(one.get()) == 0) return which + " is no certificate of an authority";
        if (X509_STORE_add_cert(store, one.get()) != 1) return which + ": " + take_error().text;
    }
    for (std::size_t i = 0; i < settings.revocations.size(); ++i) {
        const Owned<X509_CRL> one = read_whole(settings.revocations[i], d2i_X509_CRL);
        forget_errors();
        const std::string which = "revocation list " + std::to_string(i + 1);
        if (!one) return which + " cannot be read";
        if (X509_STORE_add_crl(store, one.get()) != 1) return which + ": " + take_error().text;
    }
    verifier.authorities_ = !settings.authorities.empty();
    verifier.revocations_ = !settings.revocations.empty();
    verifier.needs_revocations_ = settings.needs_revocations;
    verifier.name_ = settings.name;
    return verifier;
}

std::optional<Judgement> PeerVerifier::judge(const std::vector<wire::BytesView>& chain,
                                             As as) const {
    if (chain.empty()) return std::nullopt;
    const Owned<X509> leaf = read_whole(chain.front(), d2i_X509);
    // The same octets alone: OpenSSL reads what is not DER, too, and then there would be several
    // prints of one certificate.
    const bool exact =
        leaf && std::ranges::equal(written<X509>(leaf.get(), i2d_X509), chain.front());
    std::optional<Judgement> judgement;
    if (exact) judgement = judge(leaf.get(), read_others(chain).get(), as);
    forget_errors();
    return judgement;
}

std::optional<Judgement> PeerVerifier::judge(X509* leaf, STACK_OF(X509) * others, As as) const {
    const std::optional<Prints> seen = prints(leaf);
    if (!seen) return std::nullopt;
    Judgement judgement;
    PublicKeyClaim& claim = judgement.claim;
    claim.key = seen->key;
    claim.certificate = seen->certificate;
    claim.endpoint = endpoint_name(leaf, name_);
    claim.issuer = issuer_name(leaf);
    judgement.time = check_time(leaf);
    judgement.authority = verify(leaf, others, as);
    claim.verified = judgement.authority == X509_V_OK;
    if (!claim.verified)
        claim.why_not = authorities_ ? X509_verify_cert_error_string(judgement.authority)
                                     : "there is no authority for it";
    forget_errors();
    return judgement;
}

std::optional<Prints> PeerVerifier::prints(const X509* certificate) {
    const wire::Bytes key =
        written<X509_PUBKEY>(X509_get_X509_PUBKEY(certificate), i2d_X509_PUBKEY);
    const wire::Bytes whole = written<X509>(certificate, i2d_X509);
    if (key.empty() || whole.empty()) return std::nullopt;
    return Prints{crypto::sha256(key), crypto::sha256(whole)};
}

std::optional<Prints> PeerVerifier::prints(const EVP_PKEY* key) {
    const wire::Bytes info = written<EVP_PKEY>(key, i2d_PUBKEY);
    if (info.empty()) return std::nullopt;
    return Prints{crypto::sha256(info), std::nullopt};
}

std::optional<Judgement> PeerVerifier::judge_key(wire::BytesView info) {
    const unsigned char* at = info.data();
    const Owned<EVP_PKEY> key(d2i_PUBKEY(nullptr, &at, static_cast<long>(info.size())));
    std::optional<Judgement> judgement;
    if (key && at == info.data() + info.size()) judgement = judge_key(key.get());
    forget_errors();
    return judgement;
}

std::optional<Judgement> PeerVerifier::judge_key(const EVP_PKEY* key) {
    const std::optional<Prints> seen = prints(key);
    if (!seen) return std::nullopt;
    Judgement judgement;
    judgement.claim.key = seen->key;
    judgement.claim.why_not = "it is a raw public key";
    judgement.authority = X509_V_ERR_CERT_UNTRUSTED;
    judgement.time = X509_V_OK;
    return judgement;
}

int PeerVerifier::verify(X509* leaf, STACK_OF(X509) * others, As as) const {
    if (!authorities_) return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
    const int result = verify(leaf, others, X509_PURPOSE_SSL_CLIENT);
    // A device is a client by nature: one that listens may have a certificate for that alone.
    if (as == As::server && result == X509_V_ERR_INVALID_PURPOSE)
        return verify(leaf, others, X509_PURPOSE_SSL_SERVER);
    return result;
}

int PeerVerifier::verify(X509* leaf, STACK_OF(X509) * others, int purpose) const {
    const Owned<X509_STORE_CTX> check(X509_STORE_CTX_new());
    if (!check || X509_STORE_CTX_init(check.get(), store_.get(), leaf, others) != 1)
        return X509_V_ERR_OUT_OF_MEM;
    X509_VERIFY_PARAM* const rules = X509_STORE_CTX_get0_param(check.get());
    unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
    if (revocations_ || needs_revocations_)
        flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
    if (X509_VERIFY_PARAM_set_flags(rules, flags) != 1 ||
        X509_VERIFY_PARAM_set_purpose(rules, purpose) != 1)
        return X509_V_ERR_UNSPECIFIED;
    X509_VERIFY_PARAM_set_depth(rules, max_depth);
    X509_VERIFY_PARAM_set_auth_level(rules, least_strength);
    X509_STORE_CTX_set_verify_cb(
        check.get(), needs_revocations_ ? want_lists_below_ours : tolerate_missing_list);
    const int good = X509_verify_cert(check.get());
    const int error = X509_STORE_CTX_get_error(check.get());
    if (good == 1) return X509_V_OK;
    return error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error;
}

int check_expected(const Judgement& seen, const ExpectedPeer& expected) {
    const PublicKeyClaim& claim = seen.claim;
    const auto among = [](const std::vector<crypto::Sha256>& all, const crypto::Sha256& one) {
        return std::find(all.begin(), all.end(), one) != all.end();
    };
    if (among(expected.keys, claim.key)) return X509_V_OK;
    const bool pinned = claim.certificate && among(expected.certificates, *claim.certificate);
    const bool named = !expected.endpoint.empty() && claim.endpoint == expected.endpoint;
    if (pinned && seen.time == X509_V_OK) return X509_V_OK;
    if (named && seen.authority == X509_V_OK) return X509_V_OK;
    if (pinned) return seen.time;
    if (seen.authority != X509_V_OK) return seen.authority;
    return expected.endpoint.empty() ? X509_V_ERR_CERT_UNTRUSTED : X509_V_ERR_HOSTNAME_MISMATCH;
}

int check_trust(const Judgement& seen, Trust trust) {
    switch (trust) {
        case Trust::none:
            break;
        case Trust::authority:
            if (seen.authority != X509_V_OK) return seen.authority;
            return seen.claim.endpoint.empty() ? X509_V_ERR_HOSTNAME_MISMATCH : X509_V_OK;
        case Trust::pinned_certificate:
            return seen.claim.certificate ? seen.time : X509_V_ERR_CERT_UNTRUSTED;
        case Trust::pinned_key:
            return X509_V_OK;
    }
    return seen.authority != X509_V_OK ? seen.authority : X509_V_ERR_CERT_UNTRUSTED;
}

}  // namespace dtls
