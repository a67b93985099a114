#include "server/dtls/handshake_guard.h"

#include "server/dtls/record.h"

namespace dtls {

wire::BytesView HandshakeGuard::admit(wire::BytesView datagram, bool keys_known) {
    if (datagram.size() > max_octets - octets_) return {};
    octets_ += datagram.size();
    if (keys_known) return datagram;

    // What stands before the first early record too many still goes in: in front of a repeated
    // Finished there may be the ChangeCipherSpec that was lost.
    RecordReader records(datagram);
    while (const auto record = records.next()) {
        if (record->epoch == 0) continue;
        if (early_records_ == max_early_records) {
            const auto begin = record->body.data() - record_header - datagram.data();
            return datagram.first(static_cast<std::size_t>(begin));
        }
        ++early_records_;
    }
    return datagram;
}

}  // namespace dtls
