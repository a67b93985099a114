// A record, RFC 6347 §4.1:
//
//   | type (1) | version fe xx (2) | epoch (2) | sequence_number (6) | length (2) | body … |
//
// A handshake message or a part of it, RFC 6347 §4.2.2:
//
//   | msg_type (1) | length (3) | message_seq (2) | fragment_offset (3) | fragment_length (3) | … |

#include "server/dtls/record.h"

#include "server/wire/writer.h"

namespace dtls {

std::optional<Record> RecordReader::next() {
    wire::Reader ahead = in_;
    const auto type = ahead.u8();
    const auto version = ahead.u16();
    const auto epoch = ahead.u16();
    const auto sequence = ahead.number(6);
    const auto length = ahead.u16();
    if (!type || !version || !epoch || !sequence || !length) return std::nullopt;
    if (*version >> 8 != 0xFE) return std::nullopt;
    const auto body = ahead.take(*length);
    if (!body) return std::nullopt;
    in_ = ahead;
    return Record{ContentType{*type}, *epoch, *sequence, *body};
}

bool holds_encrypted_handshake(wire::BytesView datagram) {
    RecordReader records(datagram);
    while (const auto record = records.next())
        if (record->epoch > 0 && record->type == ContentType::handshake) return true;
    return false;
}

wire::BytesView before_short_record(wire::BytesView datagram, std::size_t least) {
    RecordReader records(datagram);
    std::size_t read = 0;
    while (const auto record = records.next()) {
        if (record->epoch > 0 && record->body.size() < least) return datagram.first(read);
        read += record_header + record->body.size();
    }
    return datagram;
}

wire::Bytes fatal_alert(std::uint8_t description) {
    constexpr std::uint16_t dtls_1_2 = 0xFEFD;
    constexpr std::uint64_t far = 1U << 30U;
    constexpr std::uint8_t fatal = 2;
    wire::Bytes record;
    wire::Writer out(record);
    out.u8(static_cast<std::uint8_t>(ContentType::alert));
    out.u16(dtls_1_2);
    out.u16(0);  // epoch
    out.number(far, 6);
    out.u16(2);
    out.u8(fatal);
    out.u8(description);
    return record;
}

std::optional<Fragment> FragmentReader::next() {
    wire::Reader ahead = in_;
    const auto type = ahead.u8();
    const auto message_length = ahead.u24();
    const auto message_seq = ahead.u16();
    const auto offset = ahead.u24();
    const auto length = ahead.u24();
    if (!type || !message_length || !message_seq || !offset || !length) return std::nullopt;
    if (*offset > *message_length || *length > *message_length - *offset) return std::nullopt;
    const auto body = ahead.take(*length);
    if (!body) return std::nullopt;
    in_ = ahead;
    return Fragment{HandshakeType{*type}, *message_length, *message_seq, *offset, *body};
}

}  // namespace dtls
