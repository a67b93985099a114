#include "tests/coap/long_answer.h"

// Answers of ours that the peer fetches block by block, RFC 7959 §2.4.
namespace coap {
namespace {

constexpr std::uint8_t szx_32 = 1;
constexpr std::uint8_t szx_64 = 2;
constexpr std::uint8_t szx_128 = 3;

TEST_F(CoapLongAnswer, LeavesBlockByBlockAndSettlesWithTheLast) {
    const std::string body = body_of(300);
    const IncomingId id = begin(body);
    const Seen first = peer.sent_one();
    EXPECT_EQ(first.type, Type::acknowledgement);
    EXPECT_EQ(first.code, Code::content);
    EXPECT_EQ(first.content_format, 112);
    EXPECT_EQ(first.block2, (Block{0, true, szx_128}));
    EXPECT_EQ(first.size2, 300U);
    EXPECT_EQ(first.etag.size(), 8U);

    const Seen second = fetch(2, {1, false, szx_128});
    EXPECT_EQ(second.type, Type::acknowledgement);
    EXPECT_EQ(second.id, MessageId(2));
    EXPECT_EQ(second.token, *Token::from(from_hex("02 70")));
    EXPECT_EQ(second.content_format, 112);
    EXPECT_EQ(second.block2, (Block{1, true, szx_128}));
    EXPECT_EQ(second.etag, first.etag);
    EXPECT_FALSE(second.size2) << "said once";
    EXPECT_TRUE(peer.events().empty()) << "no request of its own";

    const Seen third = fetch(3, {2, false, szx_128});
    EXPECT_EQ(third.block2, (Block{2, false, szx_128}));
    EXPECT_EQ(first.payload + second.payload + third.payload, body);
    const auto settled = peer.told<ResponseSettled>();
    EXPECT_EQ(settled.id, id);
    EXPECT_TRUE(settled.delivered);
    EXPECT_FALSE(peer.endpoint.next_deadline());
    EXPECT_EQ(lost(), 0U);
}

TEST_F(CoapLongAnswer, ThatFitsIntoOneMessageIsNoLongOne) {
    peer.receive(get(1));
    const IncomingId id = peer.told<RequestReceived>().id;
    EXPECT_FALSE(peer.endpoint.respond(id, content(body_of(128)), peer.now, peer.out));
    EXPECT_FALSE(peer.sent_one().block2);
}

// RFC 7959 §3.1, "Early negotiation": the request says the size that it wants.
TEST_F(CoapLongAnswer, HasTheSizeThatTheRequestAskedFor) {
    const std::string body = body_of(100);
    begin(body, Block{0, false, szx_64});
    const Seen first = peer.sent_one();
    EXPECT_EQ(first.block2, (Block{0, true, szx_64}));
    EXPECT_EQ(first.payload + fetch(2, {1, false, szx_64}).payload, body);
    EXPECT_TRUE(peer.told<ResponseSettled>().delivered);
}

// The same figure, "Late negotiation": NUM counts in the new size.
TEST_F(CoapLongAnswer, GoesOnInTheSmallerSizeOfALaterRequest) {
    const std::string body = body_of(300);
    begin(body);
    std::string fetched = peer.sent_one().payload;
    for (std::uint32_t number = 4; number < 10; ++number) {
        const Seen part = fetch(static_cast<std::uint16_t>(number), {number, false, szx_32});
        EXPECT_EQ(part.block2, (Block{number, number < 9, szx_32}));
        fetched += part.payload;
    }
    EXPECT_EQ(fetched, body);
    EXPECT_TRUE(peer.told<ResponseSettled>().delivered);
}

TEST_F(CoapLongAnswer, NeverHasALargerSizeThanOurs) {
    begin(body_of(300), Block{0, false, 6});
    EXPECT_EQ(peer.sent_one().block2, (Block{0, true, szx_128}));
}

TEST_F(CoapLongAnswer, TheMoreFlagOfARequestMeansNothing) {
    begin(body_of(200), Block{0, true, szx_128});
    EXPECT_EQ(peer.sent_one().block2, (Block{0, true, szx_128}));
    EXPECT_EQ(fetch(2, {1, true, szx_128}).block2, (Block{1, false, szx_128}));
}

TEST_F(CoapLongAnswer, ABlockBeyondItsEndIsABadRequest) {
    begin(body_of(300));
    peer.sent();
    EXPECT_EQ(fetch(2, {3, false, szx_128}).code, Code::bad_request);
    EXPECT_EQ(fetch(3, {max_block_number, false, 6}).code, Code::bad_request);
    EXPECT_EQ(peer.endpoint.counters().stray_blocks, 2U);
    EXPECT_EQ(fetch(4, {1, false, szx_128}).code, Code::content) << "it is still there";
}

TEST_F(CoapLongAnswer, ABlockOfAnotherRequestIsIncomplete) {
    begin(body_of(300));
    peer.sent();
    peer.receive(get(2, Block{1, false, szx_128}, "b"));
    EXPECT_EQ(peer.sent_one().code, Code::request_entity_incomplete);
    EXPECT_TRUE(peer.events().empty());
}

TEST_F(CoapLongAnswer, ARepeatedFetchGetsTheSameBlockAndMovesNothing) {
    begin(body_of(256));
    const auto first = peer.sent();
    peer.receive(get(1));
    EXPECT_EQ(peer.sent(), first);
    peer.receive(get(2, Block{1, false, szx_128}));
    const auto last = peer.sent();
    EXPECT_TRUE(peer.told<ResponseSettled>().delivered);
    peer.receive(get(2, Block{1, false, szx_128}));
    EXPECT_EQ(peer.sent(), last) << "although the answer is forgotten";
    EXPECT_TRUE(peer.events().empty());
    EXPECT_EQ(peer.endpoint.counters().duplicates, 2U);
    EXPECT_EQ(fetch(3, {1, false, szx_128}).code, Code::request_entity_incomplete);
}

TEST_F(CoapLongAnswer, AFetchThatStopsHalfWayIsForgottenInTime) {
    const IncomingId id = begin(body_of(300));
    peer.sent();
    peer.now = peer.at(100);
    EXPECT_EQ(fetch(2, {1, false, szx_128}).code, Code::content);
    EXPECT_GE(peer.endpoint.memory(), 300U);
    EXPECT_EQ(peer.endpoint.next_deadline(), peer.at(347));
    peer.run_until(346.9);
    EXPECT_TRUE(peer.events().empty());
    peer.run_until(347);
    const auto settled = peer.told<ResponseSettled>();
    EXPECT_EQ(settled.id, id);
    EXPECT_FALSE(settled.delivered);
    EXPECT_EQ(lost(), 1U);
    EXPECT_EQ(peer.endpoint.memory(), 0U);
    EXPECT_FALSE(peer.endpoint.next_deadline());
    EXPECT_EQ(fetch(3, {2, false, szx_128}).code, Code::request_entity_incomplete);
}

TEST_F(CoapLongAnswer, AnotherLongOneTakesItsPlaceUnderAnotherEtag) {
    const IncomingId first = begin(body_of(300, 'a'));
    const std::string etag = peer.sent_one().etag;
    peer.receive(get(2));
    const IncomingId second = peer.told<RequestReceived>().id;
    peer.endpoint.respond(second, content(body_of(300, 'b')), peer.now, peer.out);
    const Seen answer = peer.sent_one();
    EXPECT_NE(answer.etag, etag);
    const auto settled = peer.told<ResponseSettled>();
    EXPECT_EQ(settled.id, first);
    EXPECT_FALSE(settled.delivered);
    // A client that does not look at the ETag gets parts of one representation all the same.
    std::string fetched = answer.payload;
    fetched += fetch(3, {1, false, szx_128}).payload;
    fetched += fetch(4, {2, false, szx_128}).payload;
    EXPECT_EQ(fetched, body_of(300, 'b'));
    EXPECT_EQ(peer.told<ResponseSettled>().id, second);
}

TEST_F(CoapLongAnswer, AShortAnswerToTheSameRequestTakesItsPlace) {
    begin(body_of(300));
    peer.sent();
    peer.receive(get(2));
    peer.endpoint.respond(peer.told<RequestReceived>().id, {Code::not_implemented, {}, {}},
                          peer.now, peer.out);
    EXPECT_FALSE(peer.told<ResponseSettled>().delivered);
    EXPECT_EQ(peer.sent_one().code, Code::not_implemented);
    EXPECT_EQ(fetch(3, {1, false, szx_128}).code, Code::request_entity_incomplete);
}

TEST_F(CoapLongAnswer, OneThatWasWithdrawnCannotBeFetchedAndTellsNothing) {
    const IncomingId id = begin(body_of(300));
    peer.sent();
    peer.endpoint.withdraw(id);
    EXPECT_LT(peer.endpoint.memory(), 300U + 1000U);
    EXPECT_EQ(fetch(2, {1, false, szx_128}).code, Code::request_entity_incomplete);
    peer.run_until(1000);
    EXPECT_TRUE(peer.events().empty());
}

TEST_F(CoapLongAnswer, IsServedToNonConfirmableRequestsAsWell) {
    peer.receive(get(1, {}, "a", Type::non_confirmable));
    const IncomingId id = peer.told<RequestReceived>().id;
    EXPECT_TRUE(peer.endpoint.respond(id, content(body_of(200)), peer.now, peer.out));
    EXPECT_EQ(peer.sent_one().type, Type::non_confirmable);
    peer.receive(get(2, Block{1, false, szx_128}, "a", Type::non_confirmable));
    const Seen last = peer.sent_one();
    EXPECT_EQ(last.type, Type::non_confirmable);
    EXPECT_EQ(last.block2, (Block{1, false, szx_128}));
    EXPECT_TRUE(peer.told<ResponseSettled>().delivered);
}

// RFC 7959 §3.3: the answer to a request in blocks says of both.
TEST_F(CoapLongAnswer, FollowsALongRequest) {
    const auto block = [](std::uint16_t id, Block block1, const std::string& payload) {
        MessageWriter writer(Type::confirmable, Code::post, MessageId(id), Token{});
        writer.option(OptionNumber::block1, block1.value());
        writer.payload(wire::as_bytes(payload));
        return writer.take();
    };
    peer.receive(block(1, {0, true, 0}, body_of(16)));
    peer.sent();
    peer.receive(block(2, {1, false, 0}, "end"));
    peer.endpoint.respond(peer.told<RequestReceived>().id, content(body_of(200)), peer.now,
                          peer.out);
    const Seen answer = peer.sent_one();
    EXPECT_EQ(answer.block1, (Block{1, false, 0}));
    EXPECT_EQ(answer.block2, (Block{0, true, szx_128}));
    MessageWriter writer(Type::confirmable, Code::post, MessageId(3), Token{});
    writer.option(OptionNumber::block2, Block{1, false, szx_128}.value());
    peer.receive(writer.take());
    EXPECT_EQ(peer.sent_one().payload, body_of(200).substr(128));
}

// ---- after an empty ACK ----

TEST_F(CoapLongSeparateAnswer, BeginsWithAConfirmableMessageAndGoesOnPiggybacked) {
    const std::string body = body_of(200);
    const IncomingId id = begin_separately(body);
    EXPECT_EQ(first.type, Type::confirmable);
    EXPECT_EQ(first.block2, (Block{0, true, szx_128}));
    peer.empty(Type::acknowledgement, first.id);
    EXPECT_TRUE(peer.events().empty()) << "the first block is not the answer";
    const Seen last = fetch(2, {1, false, szx_128});
    EXPECT_EQ(last.type, Type::acknowledgement);
    EXPECT_EQ(first.payload + last.payload, body);
    EXPECT_EQ(peer.told<ResponseSettled>().id, id);
}

TEST_F(CoapLongSeparateAnswer, AFetchAcknowledgesTheFirstBlock) {
    begin_separately(body_of(300));
    fetch(2, {1, false, szx_128});
    peer.run_until(200);
    EXPECT_TRUE(peer.sent().empty()) << "it is not sent again";
    EXPECT_TRUE(peer.events().empty());
    peer.empty(Type::acknowledgement, first.id);
    EXPECT_EQ(peer.endpoint.counters().stray, 1U) << "late, and without meaning";
    fetch(3, {2, false, szx_128});
    EXPECT_TRUE(peer.told<ResponseSettled>().delivered);
}

TEST_F(CoapLongSeparateAnswer, IsOverWhenTheFirstBlockIsNeverAcknowledged) {
    begin_separately(body_of(300));
    peer.run_until(61.9);
    EXPECT_EQ(peer.sent().size(), 4U);
    EXPECT_TRUE(peer.events().empty());
    peer.run_until(62);
    EXPECT_FALSE(peer.told<ResponseSettled>().delivered);
    EXPECT_EQ(lost(), 1U);
    EXPECT_EQ(fetch(2, {1, false, szx_128}).code, Code::request_entity_incomplete);
    peer.run_until(1000);
    EXPECT_TRUE(peer.events().empty());
}

TEST_F(CoapLongSeparateAnswer, IsOverWhenTheFirstBlockIsRejected) {
    begin_separately(body_of(300));
    peer.empty(Type::reset, first.id);
    EXPECT_FALSE(peer.told<ResponseSettled>().delivered);
    EXPECT_EQ(fetch(2, {1, false, szx_128}).code, Code::request_entity_incomplete);
}

TEST_F(CoapLongSeparateAnswer, ThatWasWithdrawnIsNotSentAgain) {
    peer.endpoint.withdraw(begin_separately(body_of(300)));
    peer.run_until(1000);
    EXPECT_TRUE(peer.sent().empty());
    EXPECT_TRUE(peer.events().empty());
}

}  // namespace
}  // namespace coap
