#pragma once

#include <cstdint>
#include <optional>

#include "server/coap/errc.h"
#include "server/coap/options.h"
#include "server/coap/types.h"
#include "server/wire/bytes.h"

namespace coap {

// One CoAP message, RFC 7252 §3. Options and payload are views of the datagram it was decoded
// from, which outlives it.
struct Message {
    Type type = Type::confirmable;
    Code code = Code::empty;
    MessageId id{};
    Token token;
    OptionList options;
    wire::BytesView payload;
};

Result<Message> decode(wire::BytesView datagram);
wire::Bytes encode(const Message&);

// An empty ACK or Reset, RFC 7252 §4.
wire::Bytes encode_empty(Type, MessageId);

// The Message ID to reset when decode() failed: only a Confirmable message of this version has
// one, since nothing is ever sent in answer to a faulty ACK, Reset or Non-confirmable message.
std::optional<MessageId> confirmable_id(wire::BytesView datagram);

// Builds one message, front to back: options in ascending order, then the payload.
class MessageWriter {
  public:
    MessageWriter(Type, Code, MessageId, const Token&, std::size_t expected_size = 32);

    void option(OptionNumber, wire::BytesView value);
    // In the fewest octets, none for 0; RFC 7252 §3.2.
    void option(OptionNumber, std::uint32_t value);
    // The rest of the message; nothing when it is empty.
    void payload(wire::BytesView);
    wire::Bytes take() { return std::move(out_); }

  private:
    wire::Bytes out_;
    std::uint16_t last_ = 0;
};

}  // namespace coap
