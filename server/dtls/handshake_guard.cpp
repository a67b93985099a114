#include "server/dtls/handshake_guard.h"

#include "server/dtls/record.h"

namespace dtls {

wire::BytesView HandshakeGuard::admit(wire::BytesView datagram, bool keys_known) {
    if (datagram.size() > max_octets - octets_) return {};
    octets_ += datagram.size();

    // What stands before the first early record too many still goes in: in front of a repeated
    // Finished there may be the ChangeCipherSpec that was lost.
    RecordReader records(datagram);
    while (const auto record = records.next()) {
        const auto begin = record->body.data() - record_header - datagram.data();
        const wire::BytesView before = datagram.first(static_cast<std::size_t>(begin));
        if (record->epoch == 0) {
            if (record->type == ContentType::handshake && !plausible(record->body)) return before;
        } else if (!keys_known) {
            if (early_records_ == max_early_records) return before;
            ++early_records_;
        }
    }
    return datagram;
}

bool HandshakeGuard::plausible(wire::BytesView record_body) const {
    FragmentReader fragments(record_body);
    while (const auto fragment = fragments.next()) {
        const bool certificate =
            fragment->type == HandshakeType::certificate &&
            fragment->message_seq == certificate_seq_.value_or(fragment->message_seq);
        if (fragment->message_length > (certificate ? max_certificate : max_message)) return false;
    }
    return true;
}

}  // namespace dtls
