#include <algorithm>
#include <ctime>
#include <string_view>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/x509v3.h>

#include "server/crypto/keys.h"
#include "server/crypto/openssl_objects.h"
#include "server/crypto/pem.h"

namespace crypto {
namespace {

using BytesResult = boost::system::result<wire::Bytes, std::string>;
using ListResult = boost::system::result<std::vector<wire::Bytes>, std::string>;
using Names = std::unique_ptr<GENERAL_NAMES, Release<GENERAL_NAMES_free>>;

constexpr std::size_t max_certificate = 64 * std::size_t{1024};

X509Pointer decode(wire::BytesView& der) {
    const std::uint8_t* at = der.data();
    X509Pointer decoded(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    if (decoded) der = der.subspan(static_cast<std::size_t>(at - der.data()));
    return decoded;
}

CrlPointer decode_crl(wire::BytesView& der) {
    const std::uint8_t* at = der.data();
    CrlPointer decoded(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
    if (decoded) der = der.subspan(static_cast<std::size_t>(at - der.data()));
    return decoded;
}

X509Pointer decode_whole(wire::BytesView der) {
    if (der.size() > max_certificate) return nullptr;
    X509Pointer decoded = decode(der);
    return der.empty() ? std::move(decoded) : nullptr;
}

// What lies one after another, or in the blocks of a PEM that are called `name`, as it was sent:
// fingerprints are of these very octets.
template <class Decode>
ListResult read_list(wire::BytesView in, std::string_view name, const std::string& kind,
                     Decode decode_one) {
    const QuietErrors quiet;
    if (in.size() > max_encoded) return "is larger than a mebioctet";
    std::vector<wire::Bytes> list;
    const auto add = [&](wire::BytesView& rest) {
        const wire::BytesView before = rest;
        if (!decode_one(rest)) return false;
        const auto one = before.first(before.size() - rest.size());
        list.emplace_back(one.begin(), one.end());
        return true;
    };
    const std::string damaged = "holds a " + kind + " that cannot be read";
    if (looks_like_pem(in)) {
        for (const PemBlock& block : read_pem(in)) {
            if (block.name != name) continue;
            wire::BytesView rest = block.octets.reveal();
            if (!add(rest) || !rest.empty()) return damaged;
        }
        if (list.empty()) return "is a PEM without a " + kind;
        return list;
    }
    while (!in.empty() && list.size() < max_pem_blocks)
        if (!add(in)) return list.empty() ? "is no " + kind : damaged;
    if (list.empty()) return "is empty";
    if (!in.empty()) return "holds more than " + std::to_string(max_pem_blocks);
    return list;
}

std::int64_t seconds_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return 0;
    return ::timegm(&parts);
}

std::string text_of(const X509_NAME* name) {
    const BioPointer bio(BIO_new(BIO_s_mem()));
    if (!bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) return {};
    const char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::vector<std::string> common_names_of(const X509_NAME* name) {
    std::vector<std::string> list;
    for (int at = -1; (at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0;) {
        unsigned char* text = nullptr;
        const int size =
            ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
        if (size < 0) continue;
        const std::string_view view(reinterpret_cast<const char*>(text),
                                    static_cast<std::size_t>(size));
        // "a\0b" is what one reader takes for "a".
        if (view.find('\0') == std::string_view::npos) list.emplace_back(view);
        OPENSSL_free(text);
    }
    return list;
}

void read_alternative_names(const X509* certificate, CertificateFacts& into) {
    const Names names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_DNS && name->type != GEN_URI) continue;
        const ASN1_IA5STRING* const text =
            name->type == GEN_DNS ? name->d.dNSName : name->d.uniformResourceIdentifier;
        const std::string_view view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                                    static_cast<std::size_t>(ASN1_STRING_length(text)));
        if (view.find('\0') != std::string_view::npos) continue;
        (name->type == GEN_DNS ? into.dns_names : into.uris).emplace_back(view);
    }
}

std::string kind_of(EVP_PKEY* key) {
    char name[64] = {};
    std::size_t size = 0;
    if (EVP_PKEY_is_a(key, "EC") == 1 &&
        EVP_PKEY_get_group_name(key, name, sizeof name, &size) == 1)
        return {name, size};
    const char* kind = EVP_PKEY_get0_type_name(key);
    return kind != nullptr ? kind : "unknown";
}

}  // namespace

BytesResult certificate(wire::BytesView in) {
    auto list = certificates(in);
    if (!list) return list.error();
    return std::move(list->front());
}

ListResult certificates(wire::BytesView in) {
    return read_list(in, "CERTIFICATE", "certificate",
                     [](wire::BytesView& rest) { return decode(rest) != nullptr; });
}

ListResult revocation_lists(wire::BytesView in) {
    return read_list(in, "X509 CRL", "certificate revocation list",
                     [](wire::BytesView& rest) { return decode_crl(rest) != nullptr; });
}

std::string curve_of(wire::BytesView der) {
    const QuietErrors quiet;
    const std::uint8_t* at = der.data();
    const PkeyPointer key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
    return key ? kind_of(key.get()) : "unknown";
}

boost::system::result<CertificateFacts, std::string> facts(wire::BytesView der) {
    const QuietErrors quiet;
    const X509Pointer certificate = decode_whole(der);
    if (!certificate) return "is no certificate";
    EVP_PKEY* const key = X509_get0_pubkey(certificate.get());
    if (key == nullptr) return "has a public key of a kind that is not known";
    CertificateFacts facts;
    facts.not_before = seconds_of(X509_get0_notBefore(certificate.get()));
    facts.not_after = seconds_of(X509_get0_notAfter(certificate.get()));
    facts.subject = text_of(X509_get_subject_name(certificate.get()));
    facts.issuer = text_of(X509_get_issuer_name(certificate.get()));
    facts.common_names = common_names_of(X509_get_subject_name(certificate.get()));
    read_alternative_names(certificate.get(), facts);
    facts.public_key = encoded(i2d_X509_PUBKEY, X509_get_X509_PUBKEY(certificate.get()));
    facts.curve = kind_of(key);
    facts.is_authority = X509_check_ca(certificate.get()) == 1;
    return facts;
}

bool is_issued_by(wire::BytesView der, wire::BytesView issuer_der) {
    const QuietErrors quiet;
    const X509Pointer certificate = decode_whole(der);
    const X509Pointer issuer = decode_whole(issuer_der);
    if (!certificate || !issuer) return false;
    EVP_PKEY* const key = X509_get0_pubkey(issuer.get());
    return key != nullptr && X509_check_issued(issuer.get(), certificate.get()) == X509_V_OK &&
           X509_verify(certificate.get(), key) == 1;
}

bool names_host(wire::BytesView der, std::string_view host) {
    const QuietErrors quiet;
    const X509Pointer certificate = decode_whole(der);
    return certificate &&
           X509_check_host(certificate.get(), host.data(), host.size(), 0, nullptr) == 1;
}

}  // namespace crypto
