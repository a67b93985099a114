#include "server/coap/block1_sender.h"

#include <gtest/gtest.h>

#include "tests/coap/conversation.h"

namespace coap {
namespace {

using Step = Block1Sender::Step;

std::size_t size_of_current(const Block1Sender& sender, std::size_t body_size) {
    const wire::Bytes body(body_size);
    return sender.payload(body).size();
}

TEST(CoapBlock1Sender, ABodyOfOneBlockGoesWithoutTheOption) {
    Block1Sender sender(1024, 1024);
    EXPECT_FALSE(sender.option());
    EXPECT_EQ(size_of_current(sender, 1024), 1024U);
    EXPECT_EQ(sender.on_response(Code::changed, {}), Step::finished);
}

TEST(CoapBlock1Sender, ALongerBodyGoesInBlocks) {
    Block1Sender sender(130, 64);
    EXPECT_EQ(sender.option(), (Block{0, true, 2}));
    EXPECT_EQ(sender.on_response(Code::continue_, Block{0, true, 2}), Step::send);
    EXPECT_EQ(sender.option(), (Block{1, true, 2}));
    EXPECT_EQ(size_of_current(sender, 130), 64U);
    EXPECT_EQ(sender.on_response(Code::continue_, Block{1, true, 2}), Step::send);
    EXPECT_EQ(sender.option(), (Block{2, false, 2}));
    EXPECT_EQ(size_of_current(sender, 130), 2U);
    EXPECT_EQ(sender.on_response(Code::changed, Block{2, false, 2}), Step::finished);
}

TEST(CoapBlock1Sender, ABodyOfWholeBlocksEndsWithAFullOne) {
    Block1Sender sender(128, 64);
    sender.on_response(Code::continue_, Block{0, true, 2});
    EXPECT_EQ(sender.option(), (Block{1, false, 2}));
    EXPECT_EQ(size_of_current(sender, 128), 64U);
}

// RFC 7959 §2.3: a larger size in the answer must not be followed.
TEST(CoapBlock1Sender, ALargerSizeOfThePeerIsNotTaken) {
    Block1Sender sender(130, 64);
    EXPECT_EQ(sender.on_response(Code::continue_, Block{0, true, 6}), Step::send);
    EXPECT_EQ(sender.option(), (Block{1, true, 2}));
}

// A server that acts on each block at once answers each with its final code, RFC 7959 §2.3.
TEST(CoapBlock1Sender, AFinalCodeForOneBlockOfManyGoesOn) {
    Block1Sender sender(130, 64);
    EXPECT_EQ(sender.on_response(Code::changed, Block{0, false, 2}), Step::send);
    EXPECT_EQ(sender.option(), (Block{1, true, 2}));
}

TEST(CoapBlock1Sender, ASuccessWithoutTheOptionDoesNotStandForTheWhole) {
    Block1Sender sender(130, 64);
    EXPECT_EQ(sender.on_response(Code::changed, {}), Step::broken);
}

TEST(CoapBlock1Sender, AnotherBlocksNumberIsBroken) {
    Block1Sender sender(130, 64);
    EXPECT_EQ(sender.on_response(Code::continue_, Block{1, true, 2}), Step::broken);
}

TEST(CoapBlock1Sender, ContinueAfterTheLastIsBroken) {
    Block1Sender whole(10, 64);
    EXPECT_EQ(whole.on_response(Code::continue_, {}), Step::broken);
    Block1Sender sender(100, 64);
    sender.on_response(Code::continue_, Block{0, true, 2});
    EXPECT_EQ(sender.on_response(Code::continue_, Block{1, true, 2}), Step::broken);
}

TEST(CoapBlock1Sender, AnErrorIsTheAnswer) {
    Block1Sender sender(130, 64);
    EXPECT_EQ(sender.on_response(Code::bad_request, {}), Step::finished);
}

TEST(CoapBlock1Sender, IncompleteBeginsAnewOnce) {
    Block1Sender sender(130, 64);
    sender.on_response(Code::continue_, Block{0, true, 2});
    EXPECT_EQ(sender.on_response(Code::request_entity_incomplete, Block{1, true, 2}), Step::send);
    EXPECT_EQ(sender.option(), (Block{0, true, 2}));
    sender.on_response(Code::continue_, Block{0, true, 2});
    EXPECT_EQ(sender.on_response(Code::request_entity_incomplete, Block{1, true, 2}),
              Step::finished);
}

TEST(CoapBlock1Sender, TooLargeWithASmallerSizeBeginsAnewWithIt) {
    Block1Sender sender(700, 1024);
    EXPECT_FALSE(sender.option());
    EXPECT_EQ(sender.on_response(Code::request_entity_too_large, Block{0, false, 4}), Step::send);
    EXPECT_EQ(sender.option(), (Block{0, true, 4}));
    EXPECT_EQ(sender.on_response(Code::request_entity_too_large, Block{0, true, 3}), Step::send);
    EXPECT_EQ(sender.option(), (Block{0, true, 3}));
}

TEST(CoapBlock1Sender, TooLargeWithoutASmallerSizeIsTheAnswer) {
    Block1Sender sender(700, 64);
    EXPECT_EQ(sender.on_response(Code::request_entity_too_large, {}), Step::finished);
    EXPECT_EQ(sender.on_response(Code::request_entity_too_large, Block{0, true, 2}),
              Step::finished);
    Block1Sender small(10, 64);
    EXPECT_EQ(small.on_response(Code::request_entity_too_large, Block{0, true, 0}), Step::finished);
}

}  // namespace
}  // namespace coap
