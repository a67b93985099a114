// What can be told of a datagram that may begin with a ClientHello, RFC 6347 §4.1, §4.2.1, §4.2.2:
//
//   | type 22 | version fe xx | epoch 0 (2) | sequence (6) | length (2) |     record
//   | type 1 | length (3) | message_seq (2) | fragment_offset 0 (3) | fragment_length (3) |
//   | client_version (2) | random (32) | session_id <0..32> | cookie <0..255> | …

#include "server/dtls/listener.h"
#include "server/dtls/record.h"
#include "server/wire/reader.h"

namespace dtls {

std::optional<HelloView> peek_client_hello(wire::BytesView datagram) {
    const std::optional<Record> record = RecordReader(datagram).next();
    if (!record || record->type != ContentType::handshake || record->epoch != 0)
        return std::nullopt;
    const std::optional<Fragment> fragment = FragmentReader(record->body).next();
    if (!fragment || fragment->type != HandshakeType::client_hello || fragment->offset != 0)
        return std::nullopt;

    wire::Reader hello(fragment->body);
    const auto version = hello.u16();
    const auto random = hello.take(32);
    if (!version || *version >> 8 != 0xFE || !random) return std::nullopt;
    const auto session_id_length = hello.u8();
    if (!session_id_length || *session_id_length > 32 || !hello.take(*session_id_length))
        return std::nullopt;
    const auto cookie_length = hello.u8();
    if (!cookie_length || !hello.take(*cookie_length)) return std::nullopt;

    HelloView view;
    view.random = *random;
    view.has_cookie = *cookie_length > 0;
    view.message_seq = fragment->message_seq;
    return view;
}

}  // namespace dtls
