// A message, RFC 7252 §3:
//
//     0                   1                   2                   3
//     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//    +---+---+-------+---------------+-------------------------------+
//    | 1 | T |  TKL  |     code      |          Message ID           |
//    +---+---+-------+---------------+-------------------------------+
//    |   token (TKL octets, 0 to 8) …
//    |   options …
//    | 1 1 1 1 1 1 1 1 |   payload (at least 1 octet) …
//
// Marker and payload are left out together.

#include "server/coap/message.h"

#include <cassert>

#include "server/wire/reader.h"
#include "server/wire/writer.h"

namespace coap {
namespace {

constexpr unsigned version = 1;
constexpr std::uint8_t payload_marker = 0xFF;
constexpr std::size_t header_size = 4;

struct Extended {
    std::uint8_t nibble;
    std::uint32_t value;
    std::size_t octets;
};

Extended extended(std::uint32_t value) {
    if (value < 13) return {static_cast<std::uint8_t>(value), 0, 0};
    if (value < 269) return {13, value - 13, 1};
    return {14, value - 269, 2};
}

}  // namespace

Result<Message> decode(wire::BytesView datagram) {
    if (datagram.size() < header_size) return Errc::truncated_header;
    if (datagram[0] >> 6 != version) return Errc::bad_version;

    wire::Reader in(datagram.subspan(header_size));
    Message message;
    message.type = Type(datagram[0] >> 4 & 0x03U);
    message.code = Code(datagram[1]);
    message.id = MessageId(static_cast<std::uint16_t>(datagram[2] << 8 | datagram[3]));

    const std::size_t token_size = datagram[0] & 0x0FU;
    if (token_size > 8) return Errc::bad_token_length;
    // "An Empty message … MUST be processed as a message format error" with anything after the
    // Message ID, RFC 7252 §4.1.
    if (message.code == Code::empty) {
        if (token_size != 0 || !in.empty()) return Errc::content_in_empty_message;
        return message;
    }
    if (!is_request(message.code) && !is_response(message.code)) return Errc::reserved_code;

    const auto token = in.take(token_size);
    if (!token) return Errc::truncated;
    message.token = Token::from(*token).value_or(Token{});

    const auto options = OptionList::scan(in);
    if (!options) return options.error();
    message.options = *options;
    if (in.u8()) {
        if (in.empty()) return Errc::no_payload_after_marker;
        message.payload = in.rest();
    }
    return message;
}

wire::Bytes encode(const Message& message) {
    MessageWriter writer(message.type, message.code, message.id, message.token,
                         64 + message.payload.size());
    for (const Option& option : message.options) writer.option(option.number, option.value);
    writer.payload(message.payload);
    return writer.take();
}

wire::Bytes encode_empty(Type type, MessageId id) {
    return MessageWriter(type, Code::empty, id, Token{}, header_size).take();
}

std::optional<MessageId> confirmable_id(wire::BytesView datagram) {
    if (datagram.size() < header_size || datagram[0] >> 6 != version) return std::nullopt;
    if (Type(datagram[0] >> 4 & 0x03U) != Type::confirmable) return std::nullopt;
    return MessageId(static_cast<std::uint16_t>(datagram[2] << 8 | datagram[3]));
}

MessageWriter::MessageWriter(Type type, Code code, MessageId id, const Token& token,
                             std::size_t expected_size) {
    out_.reserve(expected_size);
    wire::Writer writer(out_);
    writer.u8(static_cast<std::uint8_t>(version << 6 | static_cast<unsigned>(type) << 4 |
                                        token.view().size()));
    writer.u8(static_cast<std::uint8_t>(code));
    writer.u16(static_cast<std::uint16_t>(id));
    writer.bytes(token.view());
}

void MessageWriter::option(OptionNumber number, wire::BytesView value) {
    const auto plain = static_cast<std::uint16_t>(number);
    assert(plain >= last_ && value.size() <= max_option_size);
    const Extended delta = extended(plain - static_cast<std::uint32_t>(last_));
    const Extended length = extended(static_cast<std::uint32_t>(value.size()));
    wire::Writer writer(out_);
    writer.u8(static_cast<std::uint8_t>(delta.nibble << 4 | length.nibble));
    writer.number(delta.value, delta.octets);
    writer.number(length.value, length.octets);
    writer.bytes(value);
    last_ = plain;
}

void MessageWriter::option(OptionNumber number, std::uint32_t value) {
    const std::uint8_t octets[] = {
        static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
        static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
    const std::size_t size = value > 0xFFFFFF ? 4
                             : value > 0xFFFF ? 3
                             : value > 0xFF   ? 2
                                              : value != 0;
    option(number, wire::BytesView(octets).last(size));
}

void MessageWriter::payload(wire::BytesView payload) {
    if (payload.empty()) return;
    out_.push_back(payload_marker);
    out_.insert(out_.end(), payload.begin(), payload.end());
}

}  // namespace coap
