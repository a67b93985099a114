#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/coap/conversation.h"

// A request whose answer is too long for one message, blocks of 128 octets.
namespace coap {

inline Limits blocks_of(std::size_t size) {
    Limits limits;
    limits.block_size = size;
    return limits;
}

inline std::string body_of(std::size_t size, char first = 'a') {
    std::string body(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        body[i] = static_cast<char>(first + static_cast<int>(i % 23));
    return body;
}

inline Response content(const std::string& body) {
    return {Code::content, 112, wire::Bytes(body.begin(), body.end())};
}

// CON GET /bspack?ep=…, each under a token of its own.
inline wire::Bytes get(std::uint16_t id, std::optional<Block> block2 = {},
                       std::string_view endpoint = "a", Type type = Type::confirmable) {
    const std::array<std::uint8_t, 2> octets{static_cast<std::uint8_t>(id), 0x70};
    MessageWriter writer(type, Code::get, MessageId(id), *Token::from(octets));
    writer.option(OptionNumber::uri_path, wire::as_bytes("bspack"));
    writer.option(OptionNumber::uri_query, wire::as_bytes("ep=" + std::string(endpoint)));
    writer.option(OptionNumber::accept, 112U);
    if (block2) writer.option(OptionNumber::block2, block2->value());
    return writer.take();
}

class CoapLongAnswer : public testing::Test {
  protected:
    explicit CoapLongAnswer(Endpoint::Security security = Endpoint::Security::secured)
        : peer(security, blocks_of(128)) {}

    // Asks and is answered by this body; the first block is what was sent.
    IncomingId begin(const std::string& body, std::optional<Block> block2 = {}) {
        peer.receive(get(1, block2));
        const IncomingId id = peer.told<RequestReceived>().id;
        EXPECT_TRUE(peer.endpoint.respond(id, content(body), peer.now, peer.out));
        return id;
    }
    Seen fetch(std::uint16_t id, Block block) {
        peer.receive(get(id, block));
        return peer.sent_one();
    }
    std::uint64_t lost() const { return peer.endpoint.counters().lost_answers; }

    Conversation peer;
};

// The same after an empty ACK.
class CoapLongSeparateAnswer : public CoapLongAnswer {
  protected:
    IncomingId begin_separately(const std::string& body) {
        peer.receive(get(1));
        const IncomingId id = peer.told<RequestReceived>().id;
        peer.endpoint.acknowledge(id, peer.out);
        peer.sent();
        EXPECT_TRUE(peer.endpoint.respond(id, content(body), peer.now, peer.out));
        first = peer.sent_one();
        return id;
    }
    Seen first;
};

}  // namespace coap
