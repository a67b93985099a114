#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <boost/system/result.hpp>

#include "server/wire/bytes.h"

namespace crypto {

// What a certificate revocation list says of itself, RFC 5280 §5.1.2. Seconds since 1970.
struct RevocationListFacts {
    std::int64_t this_update = 0;
    std::optional<std::int64_t> next_update;
    std::string issuer;  // as RFC 2253 writes it
};
// Of one in DER, as revocation_lists() gives it.
boost::system::result<RevocationListFacts, std::string> revocation_list_facts(wire::BytesView der);

}  // namespace crypto
