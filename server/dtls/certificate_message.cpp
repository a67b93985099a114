// Certificate, RFC 5246 §7.4.2, and with a raw public key, RFC 7250 §3:
//
//   | length (3) | { length (3) | certificate, DER }… |
//   | length (3) | SubjectPublicKeyInfo, DER |

#include "server/dtls/certificate_message.h"

#include "server/wire/reader.h"

namespace dtls {

std::optional<std::vector<wire::BytesView>> certificate_chain(wire::BytesView message) {
    wire::Reader in(message);
    const auto length = in.u24();
    if (!length || *length != in.remaining()) return std::nullopt;
    std::vector<wire::BytesView> chain;
    while (!in.empty()) {
        const auto size = in.u24();
        if (!size || *size == 0 || chain.size() == max_chain) return std::nullopt;
        const auto certificate = in.take(*size);
        if (!certificate) return std::nullopt;
        chain.push_back(*certificate);
    }
    return chain;
}

std::optional<wire::BytesView> raw_public_key(wire::BytesView message) {
    wire::Reader in(message);
    const auto length = in.u24();
    if (!length || *length != in.remaining()) return std::nullopt;
    return in.rest();
}

}  // namespace dtls
