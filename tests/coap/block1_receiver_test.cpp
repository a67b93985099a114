#include "server/coap/block1_receiver.h"

#include <gtest/gtest.h>

#include "tests/coap/conversation.h"

namespace coap {
namespace {

Request fields(std::string query = "ep=a") {
    Request request;
    request.method = Code::post;
    request.path = {"bs"};
    request.queries = {std::move(query)};
    return request;
}

wire::Bytes octets(std::size_t count) {
    return wire::Bytes(count, 0x61);
}

Code refusal(const Block1Receiver::Step& step) {
    const auto* refuse = std::get_if<Block1Receiver::Refuse>(&step);
    return refuse ? refuse->code : Code::empty;
}

TEST(CoapBlock1Receiver, PutsTheBodyTogether) {
    Block1Receiver receiver(fields());
    EXPECT_TRUE(std::holds_alternative<Block1Receiver::Continue>(
        receiver.on_block(fields(), {0, true, 0}, octets(16), 100)));
    const auto step = receiver.on_block(fields(), {1, false, 0}, octets(5), 100);
    const auto* complete = std::get_if<Block1Receiver::Complete>(&step);
    ASSERT_TRUE(complete);
    EXPECT_EQ(complete->body.size(), 21U);
}

TEST(CoapBlock1Receiver, AGapIsIncomplete) {
    Block1Receiver receiver(fields());
    receiver.on_block(fields(), {0, true, 0}, octets(16), 100);
    EXPECT_EQ(refusal(receiver.on_block(fields(), {2, true, 0}, octets(16), 100)),
              Code::request_entity_incomplete);
}

TEST(CoapBlock1Receiver, AnotherRequestsBlockIsIncomplete) {
    Block1Receiver receiver(fields());
    receiver.on_block(fields(), {0, true, 0}, octets(16), 100);
    EXPECT_EQ(refusal(receiver.on_block(fields("ep=b"), {1, true, 0}, octets(16), 100)),
              Code::request_entity_incomplete);
}

TEST(CoapBlock1Receiver, ABlockOfAnotherLengthThanItSaysIsABadRequest) {
    Block1Receiver receiver(fields());
    EXPECT_EQ(refusal(receiver.on_block(fields(), {0, true, 0}, octets(15), 100)),
              Code::bad_request);
    EXPECT_EQ(refusal(receiver.on_block(fields(), {0, false, 0}, octets(17), 100)),
              Code::bad_request);
}

TEST(CoapBlock1Receiver, TheBodyIsBounded) {
    Block1Receiver receiver(fields());
    receiver.on_block(fields(), {0, true, 0}, octets(16), 31);
    EXPECT_EQ(refusal(receiver.on_block(fields(), {1, true, 0}, octets(16), 31)),
              Code::request_entity_too_large);
}

TEST(CoapBlock1Receiver, TheFirstBlockBeginsAnew) {
    Block1Receiver receiver(fields());
    receiver.on_block(fields(), {0, true, 0}, octets(16), 100);
    receiver.on_block(fields(), {0, true, 0}, octets(16), 100);
    const auto step = receiver.on_block(fields(), {1, false, 0}, octets(1), 100);
    ASSERT_TRUE(std::holds_alternative<Block1Receiver::Complete>(step));
    EXPECT_EQ(std::get<Block1Receiver::Complete>(step).body.size(), 17U);
}

}  // namespace
}  // namespace coap
