#include "server/coap/block2_receiver.h"

#include <gtest/gtest.h>

#include "tests/coap/conversation.h"

namespace coap {
namespace {

using Step = Block2Receiver::Step;

ResponseFields block(Block value, std::optional<wire::Bytes> etag = {}) {
    return {.content_format = 40, .etag = std::move(etag), .block1 = {}, .block2 = value};
}

wire::Bytes octets(std::size_t count) {
    return wire::Bytes(count, 0x61);
}

TEST(CoapBlock2Receiver, AResponseWithoutTheOptionIsWhole) {
    Block2Receiver receiver(100, 64);
    EXPECT_EQ(receiver.on_response(Code::content, {}, octets(70)), Step::complete);
    EXPECT_EQ(receiver.take().payload.size(), 70U);
}

TEST(CoapBlock2Receiver, BlocksAreAskedForOneAfterTheOther) {
    Block2Receiver receiver(1000, 1024);
    EXPECT_FALSE(receiver.next());
    EXPECT_EQ(receiver.on_response(Code::content, block({0, true, 0}), octets(16)), Step::ask);
    EXPECT_EQ(receiver.next(), (Block{1, false, 0}));
    EXPECT_EQ(receiver.on_response(Code::content, block({1, true, 0}), octets(16)), Step::ask);
    EXPECT_EQ(receiver.next(), (Block{2, false, 0}));
    EXPECT_EQ(receiver.on_response(Code::content, block({2, false, 0}), octets(3)), Step::complete);
    const Response response = receiver.take();
    EXPECT_EQ(response.payload.size(), 35U);
    EXPECT_EQ(response.content_format, 40);
}

TEST(CoapBlock2Receiver, AFirstBlockThatIsTheLastIsWhole) {
    Block2Receiver receiver(1000, 1024);
    EXPECT_EQ(receiver.on_response(Code::content, block({0, false, 6}), octets(5)), Step::complete);
}

TEST(CoapBlock2Receiver, MustBeginWithTheFirst) {
    Block2Receiver receiver(1000, 1024);
    EXPECT_EQ(receiver.on_response(Code::content, block({1, true, 0}), octets(16)), Step::broken);
}

TEST(CoapBlock2Receiver, AGapIsBroken) {
    Block2Receiver receiver(1000, 1024);
    receiver.on_response(Code::content, block({0, true, 0}), octets(16));
    EXPECT_EQ(receiver.on_response(Code::content, block({2, true, 0}), octets(16)), Step::broken);
}

TEST(CoapBlock2Receiver, TheSameBlockAgainIsBroken) {
    Block2Receiver receiver(1000, 1024);
    receiver.on_response(Code::content, block({0, true, 0}), octets(16));
    EXPECT_EQ(receiver.on_response(Code::content, block({0, true, 0}), octets(16)), Step::broken);
}

TEST(CoapBlock2Receiver, ABlockOfAnotherLengthThanItSaysIsBroken) {
    Block2Receiver receiver(1000, 1024);
    EXPECT_EQ(receiver.on_response(Code::content, block({0, true, 0}), octets(15)), Step::broken);
    Block2Receiver last(1000, 1024);
    EXPECT_EQ(last.on_response(Code::content, block({0, false, 0}), octets(17)), Step::broken);
}

TEST(CoapBlock2Receiver, AnotherEtagIsAnotherRepresentation) {
    const wire::Bytes one = from_hex("01");
    const wire::Bytes two = from_hex("02");
    for (const auto& second : {std::optional(two), std::optional<wire::Bytes>()}) {
        Block2Receiver receiver(1000, 1024);
        receiver.on_response(Code::content, block({0, true, 0}, one), octets(16));
        EXPECT_EQ(receiver.on_response(Code::content, block({1, false, 0}, second), octets(1)),
                  Step::broken);
    }
    Block2Receiver receiver(1000, 1024);
    receiver.on_response(Code::content, block({0, true, 0}, one), octets(16));
    EXPECT_EQ(receiver.on_response(Code::content, block({1, false, 0}, one), octets(1)),
              Step::complete);
}

TEST(CoapBlock2Receiver, ALaterAnswerWithoutTheOptionIsBroken) {
    Block2Receiver receiver(1000, 1024);
    receiver.on_response(Code::content, block({0, true, 0}), octets(16));
    EXPECT_EQ(receiver.on_response(Code::content, {}, octets(1)), Step::broken);
}

TEST(CoapBlock2Receiver, AnErrorInTheMiddleIsTheAnswer) {
    Block2Receiver receiver(1000, 1024);
    receiver.on_response(Code::content, block({0, true, 0}), octets(16));
    EXPECT_EQ(receiver.on_response(Code::not_found, {}, octets(2)), Step::complete);
    const Response response = receiver.take();
    EXPECT_EQ(response.code, Code::not_found);
    EXPECT_EQ(response.payload.size(), 2U);
}

TEST(CoapBlock2Receiver, TheBodyIsBounded) {
    Block2Receiver receiver(40, 1024);
    receiver.on_response(Code::content, block({0, true, 0}), octets(16));
    receiver.on_response(Code::content, block({1, true, 0}), octets(16));
    EXPECT_EQ(receiver.on_response(Code::content, block({2, true, 0}), octets(16)),
              Step::too_large);
    Block2Receiver whole(40, 1024);
    EXPECT_EQ(whole.on_response(Code::content, {}, octets(41)), Step::too_large);
}

// RFC 7959 §2.4: the block size may go down between two blocks.
TEST(CoapBlock2Receiver, ASmallerSizeInTheMiddleIsFollowed) {
    Block2Receiver receiver(1000, 1024);
    receiver.on_response(Code::content, block({0, true, 2}), octets(64));
    EXPECT_EQ(receiver.next(), (Block{1, false, 2}));
    EXPECT_EQ(receiver.on_response(Code::content, block({2, true, 1}), octets(32)), Step::ask);
    EXPECT_EQ(receiver.next(), (Block{3, false, 1}));
}

}  // namespace
}  // namespace coap
