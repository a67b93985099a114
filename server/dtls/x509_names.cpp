#include "server/dtls/x509_names.h"

#include <cstddef>
#include <optional>
#include <string_view>

#include "provisioning/model/endpoint_name.h"
#include "server/dtls/openssl_owned.h"

namespace dtls {
namespace {

std::optional<std::string> plausible(std::string_view text) {
    const auto name = model::EndpointName::from(text);
    return name ? std::optional(name->text()) : std::nullopt;
}

std::string_view octets_of(const ASN1_STRING* text) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
            static_cast<std::size_t>(ASN1_STRING_length(text))};
}

// One that cannot be a name counts as an empty one: it makes another beside it ambiguous.
std::vector<std::string> alternative_names(const X509* certificate, int type) {
    std::vector<std::string> found;
    const Owned<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        int kind = 0;
        const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &kind);
        if (kind != type) continue;
        found.push_back(plausible(octets_of(static_cast<const ASN1_STRING*>(value))).value_or(""));
    }
    return found;
}

std::vector<std::string> common_names(const X509* certificate) {
    std::vector<std::string> found;
    const X509_NAME* const subject = X509_get_subject_name(certificate);
    int at = -1;
    while ((at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0) {
        const ASN1_STRING* const value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
        unsigned char* text = nullptr;
        const int size = ASN1_STRING_to_UTF8(&text, value);
        found.emplace_back();
        if (size < 0) continue;
        found.back() =
            plausible({reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)})
                .value_or("");
        OPENSSL_free(text);
    }
    return found;
}

std::vector<std::string> names_by(const X509* certificate, PeerVerification::Name rule) {
    switch (rule) {
        case PeerVerification::Name::common_name:
            return common_names(certificate);
        case PeerVerification::Name::dns_name:
            return alternative_names(certificate, GEN_DNS);
        case PeerVerification::Name::uri:
            return alternative_names(certificate, GEN_URI);
    }
    return {};
}

}  // namespace

std::vector<std::string> dns_names(const X509* certificate) {
    std::vector<std::string> names = alternative_names(certificate, GEN_DNS);
    std::erase(names, std::string());
    return names;
}

std::string endpoint_name(const X509* certificate, PeerVerification::Name rule) {
    const std::vector<std::string> names = names_by(certificate, rule);
    return names.size() == 1 ? names.front() : std::string();
}

std::string issuer_name(const X509* certificate) {
    const Owned<BIO> memory(BIO_new(BIO_s_mem()));
    if (!memory ||
        X509_NAME_print_ex(memory.get(), X509_get_issuer_name(certificate), 0, XN_FLAG_RFC2253) < 0)
        return {};
    const char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    if (size <= 0 || static_cast<std::size_t>(size) > max_issuer) return {};
    return {text, static_cast<std::size_t>(size)};
}

}  // namespace dtls
