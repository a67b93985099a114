// The look-ahead for a ClientKeyExchange, or for a Certificate where the first bit is set, over
// datagrams cut out of the input:
// | message_seq (1) | { length (2) | datagram }… |

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "server/dtls/certificate_message.h"
#include "server/dtls/handshake_guard.h"
#include "server/dtls/handshake_reader.h"
#include "server/wire/reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    wire::Reader in({data, size});
    const std::uint8_t first = in.u8().value_or(0);
    const bool certificate = (first & 0x80U) != 0;
    dtls::HandshakeReader reader(first & 0x7FU, certificate
                                                    ? dtls::HandshakeType::certificate
                                                    : dtls::HandshakeType::client_key_exchange);
    dtls::HandshakeGuard guard(first & 0x7FU);
    const std::size_t bound =
        certificate ? dtls::HandshakeReader::max_certificate : dtls::HandshakeReader::max_message;
    bool found = false;
    while (const auto length = in.u16()) {
        const auto cut = in.take(*length);
        // On the heap in its exact size: a read past the end is seen.
        const wire::BytesView part = cut ? *cut : in.rest();
        const wire::Bytes datagram(part.begin(), part.end());
        if (guard.admit(datagram, false).size() > datagram.size()) std::abort();
        if (const auto message = reader.read(datagram)) {
            if (found) std::abort();
            found = true;
            if (const auto identity = dtls::psk_identity(*message))
                if (identity->size() + 2 > message->size()) std::abort();
            if (const auto chain = dtls::certificate_chain(*message))
                if (chain->size() > dtls::max_chain) std::abort();
        }
        if (reader.memory() > bound) std::abort();
        if (!cut) break;
    }
    return 0;
}
