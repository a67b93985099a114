#include "server/coap/block2_sender.h"

#include <gtest/gtest.h>

namespace coap {
namespace {

constexpr std::uint8_t szx_16 = 0;
constexpr std::uint8_t szx_64 = 2;
constexpr std::uint8_t szx_128 = 3;

Response response_of(std::size_t size, std::uint8_t first = 0) {
    Response response{Code::content, 112, wire::Bytes(size)};
    for (std::size_t i = 0; i < size; ++i)
        response.payload[i] = static_cast<std::uint8_t>(first + i);
    return response;
}

wire::Bytes copy(wire::BytesView octets) {
    return {octets.begin(), octets.end()};
}

TEST(CoapBlock2Sender, CutsTheBodyAndSaysWhereItEnds) {
    Block2Sender sender(response_of(300), 128);
    wire::Bytes body;
    for (const Block expected :
         {Block{0, true, szx_128}, Block{1, true, szx_128}, Block{2, false, szx_128}}) {
        EXPECT_FALSE(sender.is_done());
        const auto part = sender.part({expected.number, false, szx_128});
        ASSERT_TRUE(part);
        EXPECT_EQ(part->block, expected);
        body.insert(body.end(), part->payload.begin(), part->payload.end());
    }
    EXPECT_EQ(body, response_of(300).payload);
    EXPECT_TRUE(sender.is_done());
    EXPECT_EQ(sender.code(), Code::content);
    EXPECT_EQ(sender.content_format(), 112);
}

TEST(CoapBlock2Sender, ABodyOfWholeBlocksEndsWithTheLastOfThem) {
    Block2Sender sender(response_of(256), 128);
    EXPECT_TRUE(sender.part({0, false, szx_128})->block.more);
    EXPECT_FALSE(sender.part({1, false, szx_128})->block.more);
    EXPECT_TRUE(sender.is_done());
    EXPECT_FALSE(sender.part({2, false, szx_128}));
}

// RFC 7959 §2.3 and §2.4: the smaller size of the two, at the octet that was asked for.
TEST(CoapBlock2Sender, AnswersInTheSmallerSize) {
    Block2Sender sender(response_of(300), 64);
    const auto theirs = sender.part({6, false, szx_16});
    EXPECT_EQ(theirs->block, (Block{6, true, szx_16}));
    EXPECT_EQ(copy(theirs->payload),
              copy(wire::BytesView(response_of(300).payload).subspan(96, 16)));
    const auto ours = sender.part({1, false, szx_128});
    EXPECT_EQ(ours->block, (Block{2, true, szx_64}));
    EXPECT_EQ(copy(ours->payload),
              copy(wire::BytesView(response_of(300).payload).subspan(128, 64)));
}

TEST(CoapBlock2Sender, HasNothingBeyondTheEnd) {
    Block2Sender sender(response_of(300), 64);
    EXPECT_FALSE(sender.part({5, false, szx_64}));
    EXPECT_TRUE(sender.part({18, false, szx_16}));
    EXPECT_FALSE(sender.part({19, false, szx_16}));
    EXPECT_FALSE(sender.part({max_block_number, false, 6}));
}

TEST(CoapBlock2Sender, IsDoneWhenNoOctetIsMissing) {
    Block2Sender sender(response_of(192), 64);
    sender.part({0, false, szx_64});
    sender.part({2, false, szx_64});
    EXPECT_FALSE(sender.is_done()) << "the middle never left";
    sender.part({1, false, szx_64});
    EXPECT_FALSE(sender.is_done()) << "asked for out of order, it is to be asked for again";
    sender.part({2, false, szx_64});
    EXPECT_TRUE(sender.is_done());
}

TEST(CoapBlock2Sender, TellsRepresentationsApart) {
    const Block2Sender one(response_of(300), 64);
    const Block2Sender same(response_of(300), 16);
    const Block2Sender other(response_of(300, 1), 64);
    EXPECT_EQ(one.etag(), same.etag());
    EXPECT_NE(one.etag(), other.etag());
}

}  // namespace
}  // namespace coap
