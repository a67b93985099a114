#include "server/crypto/revocation_list.h"

#include <ctime>

#include <openssl/bio.h>
#include <openssl/x509.h>

#include "server/crypto/openssl_objects.h"

namespace crypto {
namespace {

std::optional<std::int64_t> seconds_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
    return ::timegm(&parts);
}

}  // namespace

boost::system::result<RevocationListFacts, std::string> revocation_list_facts(wire::BytesView der) {
    const QuietErrors quiet;
    const std::uint8_t* at = der.data();
    const CrlPointer list(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
    if (!list || at != der.data() + der.size()) return "is no certificate revocation list";
    RevocationListFacts facts;
    const BioPointer bio(BIO_new(BIO_s_mem()));
    if (bio &&
        X509_NAME_print_ex(bio.get(), X509_CRL_get_issuer(list.get()), 0, XN_FLAG_RFC2253) >= 0) {
        const char* data = nullptr;
        const long size = BIO_get_mem_data(bio.get(), &data);
        if (size > 0) facts.issuer.assign(data, static_cast<std::size_t>(size));
    }
    facts.this_update = seconds_of(X509_CRL_get0_lastUpdate(list.get())).value_or(0);
    facts.next_update = seconds_of(X509_CRL_get0_nextUpdate(list.get()));
    return facts;
}

}  // namespace crypto
