#include <gtest/gtest.h>

#include "tests/coap/conversation.h"

// Whole block-wise exchanges, RFC 7959 §3. "1:0/1/128" is Block1 with NUM 0, M 1 and 128 octets.
namespace coap {
namespace {

std::string body_of(std::size_t size) {
    std::string body(size, '\0');
    for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>('a' + i % 23);
    return body;
}

Limits blocks_of(std::size_t size) {
    Limits limits;
    limits.block_size = size;
    return limits;
}

std::string text(const wire::Bytes& octets) {
    return std::string(wire::as_text(octets));
}

constexpr std::uint8_t szx_32 = 1;
constexpr std::uint8_t szx_64 = 2;
constexpr std::uint8_t szx_128 = 3;

// §3.2, "Simple Atomic Block-Wise PUT".
TEST(CoapBlock1, AnAtomicPut) {
    Conversation peer(Endpoint::Security::secured, blocks_of(128));
    const std::string body = body_of(300);
    const ExchangeId id = peer.put(body);
    std::string received;
    std::vector<Seen> requests;
    for (const Block expected : {Block{0, true, szx_128}, Block{1, true, szx_128}}) {
        peer.now += std::chrono::seconds(1);
        requests.push_back(peer.sent_one());
        EXPECT_EQ(requests.back().block1, expected);
        received += requests.back().payload;
        peer.piggyback(requests.back(), {.code = Code::continue_, .block1 = expected});
        EXPECT_TRUE(peer.events().empty());
    }
    requests.push_back(peer.sent_one());
    const Block last{2, false, szx_128};
    EXPECT_EQ(requests.back().block1, last);
    received += requests.back().payload;
    peer.piggyback(requests.back(), {.code = Code::changed, .block1 = last});
    EXPECT_EQ(received, body);

    for (const Seen& request : requests) {
        EXPECT_EQ(request.path, (std::vector<std::string>{"0", "1"}));
        EXPECT_EQ(request.content_format, 11542);
        for (const Seen& other : requests) {
            if (&other == &request) continue;
            EXPECT_NE(other.id, request.id);
            EXPECT_NE(other.token, request.token);
        }
    }
    const auto answer = peer.told<ResponseReceived>();
    EXPECT_EQ(answer.id, id);
    EXPECT_EQ(answer.response.code, Code::changed);
    EXPECT_EQ(answer.times.first_sent, peer.start);
    EXPECT_EQ(answer.times.last_block_sent, peer.at(2));
}

// §3.2, "Block-Wise PUT with Late Negotiation": the offset stays, the number is scaled.
TEST(CoapBlock1, APutWithLateNegotiation) {
    Conversation peer(Endpoint::Security::secured, blocks_of(128));
    const std::string body = body_of(128 + 32 + 32 + 8);
    peer.put(body);
    Seen request = peer.sent_one();
    std::string received = request.payload;
    EXPECT_EQ(request.block1, (Block{0, true, szx_128}));
    peer.piggyback(request, {.code = Code::continue_, .block1 = Block{0, true, szx_32}});
    for (const std::uint32_t number : {4U, 5U}) {
        request = peer.sent_one();
        received += request.payload;
        EXPECT_EQ(request.block1, (Block{number, true, szx_32}));
        peer.piggyback(request, {.code = Code::continue_, .block1 = request.block1});
    }
    request = peer.sent_one();
    received += request.payload;
    EXPECT_EQ(request.block1, (Block{6, false, szx_32}));
    peer.piggyback(request, {.code = Code::changed, .block1 = request.block1});
    EXPECT_EQ(received, body);
    EXPECT_EQ(peer.told<ResponseReceived>().response.code, Code::changed);
}

TEST(CoapBlock1, IncompleteBeginsAnewOnceThenIsTheAnswer) {
    Conversation peer(Endpoint::Security::secured, blocks_of(64));
    peer.put(body_of(100));
    for (int attempt = 0; attempt < 2; ++attempt) {
        Seen request = peer.sent_one();
        EXPECT_EQ(request.block1, (Block{0, true, szx_64}));
        peer.piggyback(request, {.code = Code::continue_, .block1 = request.block1});
        request = peer.sent_one();
        EXPECT_EQ(request.block1, (Block{1, false, szx_64}));
        peer.piggyback(request, {.code = Code::request_entity_incomplete});
    }
    EXPECT_TRUE(peer.sent().empty());
    EXPECT_EQ(peer.told<ResponseReceived>().response.code, Code::request_entity_incomplete);
}

TEST(CoapBlock1, TooLargeWithASmallerSizeBeginsAnew) {
    Conversation peer;
    const std::string body = body_of(100);
    peer.put(body);
    Seen request = peer.sent_one();
    EXPECT_FALSE(request.block1);
    peer.piggyback(request,
                   {.code = Code::request_entity_too_large, .block1 = Block{0, false, szx_64}});
    request = peer.sent_one();
    EXPECT_EQ(request.block1, (Block{0, true, szx_64}));
    EXPECT_EQ(request.payload, body.substr(0, 64));
    peer.piggyback(request, {.code = Code::request_entity_too_large});
    EXPECT_EQ(peer.told<ResponseReceived>().response.code, Code::request_entity_too_large);
}

TEST(CoapBlock1, ABlockIsRepeatedAsAnyMessageIs) {
    Conversation peer(Endpoint::Security::secured, blocks_of(64));
    peer.put(body_of(100));
    const Seen first = peer.sent_one();
    peer.run_until(2);
    EXPECT_EQ(peer.sent().size(), 1U);
    peer.piggyback(first, {.code = Code::continue_, .block1 = first.block1});
    const Seen second = peer.sent_one();
    peer.piggyback(first, {.code = Code::continue_, .block1 = first.block1});
    EXPECT_TRUE(peer.sent().empty()) << "the answer to an earlier block moves nothing";
    peer.run_until(4 + 30 * 2);
    EXPECT_EQ(peer.sent().size(), 4U);
    const auto failed = peer.told<RequestFailed>();
    EXPECT_EQ(failed.failure, Failure::no_answer);
    EXPECT_TRUE(failed.times.answered_once);
    EXPECT_TRUE(failed.times.last_message_repeated);
    EXPECT_EQ(failed.times.retransmissions, 5U);
    EXPECT_EQ(failed.times.first_sent, peer.start);
    EXPECT_EQ(failed.times.last_block_sent, peer.at(2));
    EXPECT_NE(second.id, first.id);
}

TEST(CoapBlock1, OnlyTheLastMessagesRepetitionCountsAsSuch) {
    Conversation peer(Endpoint::Security::secured, blocks_of(64));
    peer.put(body_of(100));
    const Seen first = peer.sent_one();
    peer.run_until(2);
    peer.sent();
    peer.piggyback(first, {.code = Code::continue_, .block1 = first.block1});
    peer.piggyback(peer.sent_one(), {.code = Code::changed});
    const auto answer = peer.told<ResponseReceived>();
    EXPECT_EQ(answer.times.retransmissions, 1U);
    EXPECT_FALSE(answer.times.last_message_repeated);
}

TEST(CoapBlock1, NoFurtherBlockLeavesAfterTheTransmissionBound) {
    Conversation peer(Endpoint::Security::secured, blocks_of(64));
    peer.put(body_of(100), {.no_transmission_after = peer.at(1), .give_up_at = {}});
    const Seen first = peer.sent_one();
    peer.now = peer.at(1.5);
    peer.piggyback(first, {.code = Code::continue_, .block1 = first.block1});
    EXPECT_TRUE(peer.sent().empty());
    const auto failed = peer.told<RequestFailed>();
    EXPECT_EQ(failed.failure, Failure::transmission_bound);
    EXPECT_TRUE(failed.times.answered_once);
}

TEST(CoapBlock1, AContinueAsASeparateResponseGoesOn) {
    Conversation peer(Endpoint::Security::secured, blocks_of(64));
    peer.put(body_of(100));
    const Seen first = peer.sent_one();
    peer.empty(Type::acknowledgement, first.id);
    peer.answer_separately(first, Type::confirmable, MessageId(7),
                           {.code = Code::continue_, .block1 = first.block1});
    const auto sent = peer.sent();
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0], encode_empty(Type::acknowledgement, MessageId(7)));
    EXPECT_EQ(see(sent[1]).block1, (Block{1, false, szx_64}));
}

// §3.1, "Simple Block-Wise GET": the later requests have the same options.
TEST(CoapBlock2, AGetInThreeBlocks) {
    Conversation peer;
    const std::string body = body_of(300);
    const ExchangeId id = peer.get("status");
    Seen request = peer.sent_one();
    EXPECT_FALSE(request.block2);
    peer.piggyback(request, {.code = Code::content,
                             .block2 = Block{0, true, szx_128},
                             .payload = body.substr(0, 128),
                             .etag = "e",
                             .content_format = 40});
    const Seen first = request;
    request = peer.sent_one();
    EXPECT_EQ(request.block2, (Block{1, false, szx_128}));
    EXPECT_EQ(request.code, Code::get);
    EXPECT_EQ(request.path, std::vector<std::string>{"status"});
    EXPECT_EQ(request.accept, 40);
    EXPECT_NE(request.id, first.id);
    EXPECT_NE(request.token, first.token);
    peer.piggyback(request, {.code = Code::content,
                             .block2 = Block{1, true, szx_128},
                             .payload = body.substr(128, 128),
                             .etag = "e",
                             .content_format = 40});
    request = peer.sent_one();
    EXPECT_EQ(request.block2, (Block{2, false, szx_128}));
    EXPECT_TRUE(peer.events().empty());
    peer.piggyback(request, {.code = Code::content,
                             .block2 = Block{2, false, szx_128},
                             .payload = body.substr(256),
                             .etag = "e",
                             .content_format = 40});
    const auto answer = peer.told<ResponseReceived>();
    EXPECT_EQ(answer.id, id);
    EXPECT_EQ(text(answer.response.payload), body);
    EXPECT_EQ(answer.response.content_format, 40);
}

// §3.1, "Block-Wise GET with Late Negotiation": the client asks for 64 after a block of 128.
TEST(CoapBlock2, AGetWithLateNegotiation) {
    Conversation peer(Endpoint::Security::secured, blocks_of(64));
    const std::string body = body_of(380);
    peer.get("status");
    peer.piggyback(
        peer.sent_one(),
        {.code = Code::content, .block2 = Block{0, true, szx_128}, .payload = body.substr(0, 128)});
    for (const std::uint32_t number : {2U, 3U, 4U, 5U}) {
        const Seen request = peer.sent_one();
        EXPECT_EQ(request.block2, (Block{number, false, szx_64}));
        peer.piggyback(request, {.code = Code::content,
                                 .block2 = Block{number, number < 5, szx_64},
                                 .payload = body.substr(std::size_t{number} * 64, 64)});
    }
    EXPECT_EQ(text(peer.told<ResponseReceived>().response.payload), body);
}

TEST(CoapBlock2, AResponseThatChangesIsBad) {
    Conversation peer;
    peer.get();
    peer.piggyback(peer.sent_one(), {.code = Code::content,
                                     .block2 = Block{0, true, 0},
                                     .payload = body_of(16),
                                     .etag = "one"});
    peer.piggyback(
        peer.sent_one(),
        {.code = Code::content, .block2 = Block{1, false, 0}, .payload = "x", .etag = "two"});
    EXPECT_EQ(peer.told<RequestFailed>().failure, Failure::bad_response);
}

TEST(CoapBlock2, AnEndlessResponseIsTooLarge) {
    Limits limits;
    limits.body = 256;
    Conversation peer(Endpoint::Security::secured, limits);
    peer.get();
    std::uint32_t number = 0;
    std::vector<Event> events;
    for (; number < 100 && events.empty(); ++number) {
        peer.piggyback(
            peer.sent_one(),
            {.code = Code::content, .block2 = Block{number, true, 0}, .payload = body_of(16)});
        EXPECT_LE(peer.endpoint.memory(), 2 * limits.body + 128);
        events = peer.events();
    }
    EXPECT_EQ(number, 17U);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(std::get<RequestFailed>(events[0]).failure, Failure::response_too_large);
    EXPECT_EQ(peer.endpoint.memory(), 0U);
}

TEST(CoapBlock2, TheReservedSizeIsABadResponse) {
    Conversation peer;
    peer.get();
    peer.piggyback(peer.sent_one(),
                   {.code = Code::content, .block2 = Block{0, true, 7}, .payload = "x"});
    EXPECT_EQ(peer.told<RequestFailed>().failure, Failure::bad_response);
}

// §3.3, "Combining Block1 and Block2": the request for more of the response has no body.
TEST(CoapBlock2, ALongRequestWithALongResponse) {
    Conversation peer(Endpoint::Security::secured, blocks_of(128));
    peer.put(body_of(200));
    Seen request = peer.sent_one();
    peer.piggyback(request, {.code = Code::continue_, .block1 = request.block1});
    request = peer.sent_one();
    EXPECT_EQ(request.block1, (Block{1, false, szx_128}));
    peer.piggyback(request, {.code = Code::changed,
                             .block1 = request.block1,
                             .block2 = Block{0, true, szx_64},
                             .payload = body_of(64)});
    request = peer.sent_one();
    EXPECT_FALSE(request.block1);
    EXPECT_EQ(request.block2, (Block{1, false, szx_64}));
    EXPECT_TRUE(request.payload.empty());
    peer.piggyback(request,
                   {.code = Code::changed, .block2 = Block{1, false, szx_64}, .payload = "end"});
    EXPECT_EQ(peer.told<ResponseReceived>().response.payload.size(), 67U);
}

// ---- the peer's block-wise requests ----

wire::Bytes block_request(std::uint16_t id, Block block, std::string_view payload) {
    MessageWriter writer(Type::confirmable, Code::post, MessageId(id), Token{});
    writer.option(OptionNumber::uri_path, wire::as_bytes("bs"));
    writer.option(OptionNumber::block1, block.value());
    writer.payload(wire::as_bytes(payload));
    return writer.take();
}

TEST(CoapBlock1Server, TellsARequestWhenItIsComplete) {
    Conversation peer;
    const std::string body = body_of(40);
    peer.receive(block_request(1, {0, true, 0}, body.substr(0, 16)));
    Seen answer = peer.sent_one();
    EXPECT_EQ(answer.type, Type::acknowledgement);
    EXPECT_EQ(answer.code, Code::continue_);
    EXPECT_EQ(answer.block1, (Block{0, true, 0}));
    peer.receive(block_request(2, {1, true, 0}, body.substr(16, 16)));
    EXPECT_EQ(peer.sent_one().block1, (Block{1, true, 0}));
    EXPECT_TRUE(peer.events().empty());
    peer.receive(block_request(3, {2, false, 0}, body.substr(32)));
    EXPECT_TRUE(peer.sent().empty());
    const auto event = peer.told<RequestReceived>();
    EXPECT_EQ(text(event.request.payload), body);
    EXPECT_EQ(event.request.path, std::vector<std::string>{"bs"});
    peer.endpoint.respond(event.id, {Code::changed, {}, {}}, peer.now, peer.out);
    answer = peer.sent_one();
    EXPECT_EQ(answer.code, Code::changed);
    EXPECT_EQ(answer.block1, (Block{2, false, 0}));
    EXPECT_FALSE(peer.endpoint.next_deadline());
}

TEST(CoapBlock1Server, ARepeatedBlockCountsOnce) {
    Conversation peer;
    const auto first = block_request(1, {0, true, 0}, body_of(16));
    peer.receive(first);
    const auto answer = peer.sent();
    peer.receive(first);
    EXPECT_EQ(peer.sent(), answer);
    peer.receive(block_request(2, {1, false, 0}, "x"));
    EXPECT_EQ(peer.told<RequestReceived>().request.payload.size(), 17U);
}

TEST(CoapBlock1Server, AGapIsIncompleteAndForgetsTheBody) {
    Conversation peer;
    peer.receive(block_request(1, {0, true, 0}, body_of(16)));
    peer.sent();
    peer.receive(block_request(2, {2, true, 0}, body_of(16)));
    EXPECT_EQ(peer.sent_one().code, Code::request_entity_incomplete);
    peer.receive(block_request(3, {1, true, 0}, body_of(16)));
    EXPECT_EQ(peer.sent_one().code, Code::request_entity_incomplete);
    EXPECT_FALSE(peer.endpoint.next_deadline());
}

TEST(CoapBlock1Server, ABodyAboveTheLimitIsTooLarge) {
    Limits limits;
    limits.body = 20;
    Conversation peer(Endpoint::Security::secured, limits);
    peer.receive(block_request(1, {0, true, 0}, body_of(16)));
    EXPECT_EQ(peer.sent_one().code, Code::continue_);
    peer.receive(block_request(2, {1, true, 0}, body_of(16)));
    EXPECT_EQ(peer.sent_one().code, Code::request_entity_too_large);
    EXPECT_EQ(peer.endpoint.counters().overflow, 1U);
}

TEST(CoapBlock1Server, ASmallerSizeOfOursIsSaidInTheFirstAnswer) {
    Conversation peer(Endpoint::Security::secured, blocks_of(32));
    peer.receive(block_request(1, {0, true, szx_64}, body_of(64)));
    EXPECT_EQ(peer.sent_one().block1, (Block{0, true, szx_32}));
    peer.receive(block_request(2, {2, false, szx_32}, "x"));
    EXPECT_EQ(peer.told<RequestReceived>().request.payload.size(), 65U);
}

TEST(CoapBlock1Server, AnAbandonedBodyIsForgottenInTime) {
    Conversation peer;
    peer.receive(block_request(1, {0, true, 6}, body_of(1024)));
    EXPECT_GE(peer.endpoint.memory(), 1024U);
    ASSERT_TRUE(peer.endpoint.next_deadline());
    EXPECT_EQ(*peer.endpoint.next_deadline(), peer.at(247));
    peer.run_until(247);
    EXPECT_EQ(peer.endpoint.memory(), 0U);
    EXPECT_FALSE(peer.endpoint.next_deadline());
}

}  // namespace
}  // namespace coap
