#include <gtest/gtest.h>

#include "tests/coap/conversation.h"

// Our requests: every way in which one is answered, repeated, given up.
namespace coap {
namespace {

using std::chrono::seconds;

std::string text(const wire::Bytes& octets) {
    return std::string(wire::as_text(octets));
}

TEST(CoapRequest, LeavesAsOneConfirmableMessageWithEightOctetsOfToken) {
    Conversation peer;
    peer.put("tlv");
    const Seen request = peer.sent_one();
    EXPECT_EQ(request.type, Type::confirmable);
    EXPECT_EQ(request.code, Code::put);
    EXPECT_EQ(request.token.view().size(), 8U);
    EXPECT_EQ(request.path, (std::vector<std::string>{"0", "1"}));
    EXPECT_EQ(request.content_format, 11542);
    EXPECT_EQ(request.payload, "tlv");
    EXPECT_FALSE(request.block1);
}

TEST(CoapRequest, APiggybackedResponseEndsIt) {
    Conversation peer;
    const ExchangeId id = peer.get();
    peer.now = peer.at(0.5);
    peer.piggyback(peer.sent_one(),
                   {.code = Code::content, .payload = "</0/0>", .content_format = 40});
    const auto answer = peer.told<ResponseReceived>();
    EXPECT_EQ(answer.id, id);
    EXPECT_EQ(answer.response.code, Code::content);
    EXPECT_EQ(answer.response.content_format, 40);
    EXPECT_EQ(text(answer.response.payload), "</0/0>");
    EXPECT_EQ(answer.times.first_sent, peer.start);
    EXPECT_EQ(answer.times.last_block_sent, peer.start);
    EXPECT_EQ(answer.times.retransmissions, 0U);
    EXPECT_TRUE(answer.times.answered_once);
    EXPECT_FALSE(answer.times.last_message_repeated);
    EXPECT_TRUE(peer.sent().empty());
    EXPECT_FALSE(peer.endpoint.next_deadline());
}

TEST(CoapRequest, IsRepeatedOctetByOctetUntilItIsGivenUp) {
    Conversation peer;
    const ExchangeId id = peer.get();
    const auto first = peer.sent();
    std::vector<double> times;
    while (const auto due = peer.endpoint.next_deadline()) {
        peer.run_until(std::chrono::duration<double>(*due - peer.start).count());
        const auto again = peer.sent();
        if (again.empty()) break;
        EXPECT_EQ(again, first);
        times.push_back(peer.elapsed());
    }
    EXPECT_EQ(times, (std::vector<double>{2, 6, 14, 30}));
    EXPECT_EQ(peer.elapsed(), 62);
    const auto failed = peer.told<RequestFailed>();
    EXPECT_EQ(failed.id, id);
    EXPECT_EQ(failed.failure, Failure::no_answer);
    EXPECT_EQ(failed.times.retransmissions, 4U);
    EXPECT_FALSE(failed.times.answered_once);
    EXPECT_TRUE(failed.times.last_message_repeated);
    EXPECT_EQ(peer.endpoint.counters().retransmissions, 4U);
}

TEST(CoapRequest, AnAnswerToARepetitionEndsIt) {
    Conversation peer;
    peer.get();
    const Seen request = peer.sent_one();
    peer.run_until(7);
    peer.sent();
    peer.piggyback(request, {.code = Code::content});
    const auto answer = peer.told<ResponseReceived>();
    EXPECT_EQ(answer.times.retransmissions, 2U);
    EXPECT_TRUE(answer.times.last_message_repeated);
    EXPECT_EQ(answer.times.last_block_sent, peer.start);
}

// RFC 7252 appendix A, the separate response: an empty ACK, then a message of its own.
TEST(CoapRequest, TakesASeparateConfirmableResponseAndAcknowledgesIt) {
    Conversation peer;
    peer.get();
    const Seen request = peer.sent_one();
    peer.empty(Type::acknowledgement, request.id);
    peer.run_until(50);
    EXPECT_TRUE(peer.sent().empty()) << "an acknowledged request is not repeated";
    peer.answer_separately(request, Type::confirmable, MessageId(0xad7b),
                           {.code = Code::content, .payload = "22.3 C"});
    const Seen ack = peer.sent_one();
    EXPECT_EQ(ack.type, Type::acknowledgement);
    EXPECT_EQ(ack.code, Code::empty);
    EXPECT_EQ(ack.id, MessageId(0xad7b));
    EXPECT_EQ(text(peer.told<ResponseReceived>().response.payload), "22.3 C");
}

TEST(CoapRequest, TakesASeparateNonConfirmableResponse) {
    Conversation peer;
    peer.get();
    const Seen request = peer.sent_one();
    peer.empty(Type::acknowledgement, request.id);
    peer.answer_separately(request, Type::non_confirmable, MessageId(9), {.code = Code::content});
    EXPECT_TRUE(peer.sent().empty());
    EXPECT_EQ(peer.told<ResponseReceived>().response.code, Code::content);
}

TEST(CoapRequest, TakesAResponseThatOvertookItsAcknowledgement) {
    Conversation peer;
    peer.get();
    const Seen request = peer.sent_one();
    peer.answer_separately(request, Type::confirmable, MessageId(9), {.code = Code::content});
    EXPECT_EQ(peer.sent_one().id, MessageId(9));
    EXPECT_EQ(peer.told<ResponseReceived>().response.code, Code::content);
    peer.empty(Type::acknowledgement, request.id);
    EXPECT_TRUE(peer.events().empty());
    EXPECT_EQ(peer.endpoint.counters().stray, 1U);
    peer.run_until(300);
    EXPECT_TRUE(peer.sent().empty());
}

TEST(CoapRequest, ARepeatedSeparateResponseIsAcknowledgedAgainAndToldOnce) {
    Conversation peer;
    peer.get();
    const Seen request = peer.sent_one();
    peer.answer_separately(request, Type::confirmable, MessageId(9), {.code = Code::content});
    const auto ack = peer.sent();
    peer.told<ResponseReceived>();
    peer.answer_separately(request, Type::confirmable, MessageId(9), {.code = Code::content});
    EXPECT_EQ(peer.sent(), ack);
    EXPECT_TRUE(peer.events().empty());
    EXPECT_EQ(peer.endpoint.counters().duplicates, 1U);
}

TEST(CoapRequest, WaitsForASeparateResponseForMaxTransmitWait) {
    Conversation peer;
    peer.get();
    peer.now = peer.at(1);
    peer.empty(Type::acknowledgement, peer.sent_one().id);
    peer.run_until(93.9);
    EXPECT_TRUE(peer.events().empty());
    peer.run_until(94);
    const auto failed = peer.told<RequestFailed>();
    EXPECT_EQ(failed.failure, Failure::no_response);
    EXPECT_TRUE(failed.times.answered_once);
}

TEST(CoapRequest, AResetEndsIt) {
    Conversation peer;
    peer.get();
    peer.empty(Type::reset, peer.sent_one().id);
    const auto failed = peer.told<RequestFailed>();
    EXPECT_EQ(failed.failure, Failure::reset);
    EXPECT_FALSE(failed.times.answered_once);
}

TEST(CoapRequest, AResetOfAnotherMessageIsCounted) {
    Conversation peer;
    peer.get();
    const Seen request = peer.sent_one();
    peer.empty(Type::reset, MessageId(static_cast<std::uint16_t>(request.id) ^ 1U));
    EXPECT_TRUE(peer.events().empty());
    EXPECT_EQ(peer.endpoint.counters().stray, 1U);
}

TEST(CoapRequest, APiggybackedResponseNeedsMessageIdAndToken) {
    Conversation peer;
    peer.get();
    const Seen request = peer.sent_one();
    Seen other_id = request;
    other_id.id = MessageId(static_cast<std::uint16_t>(request.id) + 1U);
    Seen other_token = request;
    other_token.token = *Token::from(from_hex("0000000000000000"));
    peer.piggyback(other_id, {.code = Code::content});
    peer.piggyback(other_token, {.code = Code::content});
    EXPECT_TRUE(peer.events().empty());
    EXPECT_EQ(peer.endpoint.counters().stray, 2U);
    peer.run_until(2);
    EXPECT_EQ(peer.sent().size(), 1U) << "it is still unanswered";
}

// Seen from the Wakaama of an npm package: each reply is followed by a 5.00 without a token.
TEST(CoapRequest, ATokenlessSecondAnswerIsIgnored) {
    Conversation peer;
    peer.put("a");
    Seen stray = peer.sent_one();
    peer.piggyback(stray, {.code = Code::changed});
    EXPECT_EQ(peer.told<ResponseReceived>().response.code, Code::changed);
    peer.put("b");
    const Seen second = peer.sent_one();
    stray.token = Token{};
    peer.piggyback(stray, {.code = Code::internal_server_error});
    stray.id = second.id;  // even had it the current one's
    peer.piggyback(stray, {.code = Code::internal_server_error});
    EXPECT_TRUE(peer.events().empty());
    EXPECT_EQ(peer.endpoint.counters().stray, 2U);
    peer.piggyback(second, {.code = Code::changed});
    EXPECT_EQ(peer.told<ResponseReceived>().response.code, Code::changed);
}

TEST(CoapRequest, AnUnknownConfirmableResponseIsReset) {
    Conversation peer;
    const Token token = *Token::from(from_hex("01"));
    peer.receive(encode_reply(Type::confirmable, MessageId(5), token, {.code = Code::content}));
    const Seen reset = peer.sent_one();
    EXPECT_EQ(reset.type, Type::reset);
    EXPECT_EQ(reset.id, MessageId(5));
    peer.receive(encode_reply(Type::non_confirmable, MessageId(6), token, {.code = Code::content}));
    EXPECT_TRUE(peer.sent().empty());
    EXPECT_EQ(peer.endpoint.counters().stray, 2U);
}

TEST(CoapRequest, AnAcknowledgementWithARequestInItIsIgnored) {
    Conversation peer;
    peer.get();
    const Seen request = peer.sent_one();
    peer.piggyback(request, {.code = Code::get});
    EXPECT_TRUE(peer.events().empty());
    EXPECT_EQ(peer.endpoint.counters().stray, 1U);
}

// RFC 7252 §5.4.1.
TEST(CoapRequest, ACriticalOptionInAResponseRejectsIt) {
    for (const Type type : {Type::confirmable, Type::non_confirmable, Type::acknowledgement}) {
        Conversation peer;
        peer.get();
        const Seen request = peer.sent_one();
        MessageWriter writer(type, Code::content, request.id, request.token);
        writer.option(OptionNumber(9), std::uint32_t{1});
        peer.receive(writer.take());
        EXPECT_EQ(peer.told<RequestFailed>().failure, Failure::bad_response);
        if (type == Type::acknowledgement) {
            EXPECT_TRUE(peer.sent().empty());
        } else {
            EXPECT_EQ(peer.sent_one().type, Type::reset);
        }
        EXPECT_EQ(peer.endpoint.counters().malformed, 1U);
    }
}

TEST(CoapRequest, AMalformedAcknowledgementChangesNothing) {
    Conversation peer;
    peer.get();
    wire::Bytes ack = encode_empty(Type::acknowledgement, peer.sent_one().id);
    ack.push_back(0xFF);
    peer.receive(ack);
    EXPECT_TRUE(peer.sent().empty());
    EXPECT_TRUE(peer.events().empty());
    EXPECT_EQ(peer.endpoint.counters().malformed, 1U);
    peer.run_until(2);
    EXPECT_EQ(peer.sent().size(), 1U);
}

TEST(CoapRequest, TheNextWaitsForTheEndOfTheOneBefore) {
    Conversation peer;
    const ExchangeId first = peer.get("a");
    const ExchangeId second = peer.get("b");
    const Seen one = peer.sent_one();
    EXPECT_EQ(one.path, std::vector<std::string>{"a"});
    peer.now = peer.at(1);
    peer.empty(Type::acknowledgement, one.id);
    EXPECT_TRUE(peer.sent().empty()) << "acknowledged is not answered";
    peer.answer_separately(one, Type::non_confirmable, MessageId(1), {.code = Code::content});
    EXPECT_EQ(peer.told<ResponseReceived>().id, first);
    const Seen two = peer.sent_one();
    EXPECT_EQ(two.path, std::vector<std::string>{"b"});
    EXPECT_NE(two.id, one.id);
    EXPECT_NE(two.token, one.token);
    peer.piggyback(two, {.code = Code::content});
    const auto answer = peer.told<ResponseReceived>();
    EXPECT_EQ(answer.id, second);
    EXPECT_EQ(answer.times.first_sent, peer.at(1));
}

TEST(CoapRequest, AFailureLetsTheNextOneStart) {
    Conversation peer;
    peer.get("a");
    peer.get("b");
    peer.empty(Type::reset, peer.sent_one().id);
    EXPECT_EQ(peer.sent_one().path, std::vector<std::string>{"b"});
}

TEST(CoapRequest, ACancelledOneIsForgotten) {
    Conversation peer;
    const ExchangeId id = peer.get();
    const Seen request = peer.sent_one();
    peer.endpoint.cancel(id);
    EXPECT_FALSE(peer.endpoint.next_deadline());
    peer.piggyback(request, {.code = Code::content});
    peer.run_until(300);
    EXPECT_TRUE(peer.sent().empty());
    EXPECT_TRUE(peer.events().empty());
}

TEST(CoapRequest, TheOneBehindACancelledOneStartsWithTheTimer) {
    Conversation peer;
    const ExchangeId first = peer.get("a");
    peer.get("b");
    peer.sent();
    peer.endpoint.cancel(first);
    ASSERT_TRUE(peer.endpoint.next_deadline());
    EXPECT_LE(*peer.endpoint.next_deadline(), peer.now);
    peer.run_until(0);
    EXPECT_EQ(peer.sent_one().path, std::vector<std::string>{"b"});
}

TEST(CoapRequest, ACancelledWaitingOneIsNeverSent) {
    Conversation peer;
    peer.get("a");
    const ExchangeId second = peer.get("b");
    const Seen one = peer.sent_one();
    peer.endpoint.cancel(second);
    peer.piggyback(one, {.code = Code::content});
    EXPECT_TRUE(peer.sent().empty());
    EXPECT_EQ(peer.events().size(), 1U);
}

// ---- bounds ----

TEST(CoapRequestBounds, NothingIsRepeatedAfterTheTransmissionBound) {
    Conversation peer;
    peer.get("rd", {.no_transmission_after = peer.at(10), .give_up_at = {}});
    peer.run_until(61.9);
    EXPECT_EQ(peer.sent().size(), 3U) << "at 0, 2 and 6 s";
    EXPECT_TRUE(peer.events().empty()) << "the ordinary waiting goes on";
    peer.run_until(62);
    const auto failed = peer.told<RequestFailed>();
    EXPECT_EQ(failed.failure, Failure::transmission_bound);
    EXPECT_EQ(failed.times.retransmissions, 2U);
}

TEST(CoapRequestBounds, ATransmissionAtTheBoundItselfLeaves) {
    Conversation peer;
    peer.get("rd", {.no_transmission_after = peer.at(6), .give_up_at = {}});
    peer.run_until(40);
    EXPECT_EQ(peer.sent().size(), 3U);
}

TEST(CoapRequestBounds, AnAnswerAfterTheTransmissionBoundCounts) {
    Conversation peer;
    peer.get("rd", {.no_transmission_after = peer.at(1), .give_up_at = {}});
    const Seen request = peer.sent_one();
    peer.run_until(20);
    EXPECT_TRUE(peer.sent().empty());
    peer.piggyback(request, {.code = Code::content});
    EXPECT_FALSE(peer.told<ResponseReceived>().times.last_message_repeated);
}

TEST(CoapRequestBounds, ABoundAfterTheLastRepetitionChangesNothing) {
    Conversation peer;
    peer.get("rd", {.no_transmission_after = peer.at(31), .give_up_at = {}});
    peer.run_until(62);
    EXPECT_EQ(peer.sent().size(), 5U);
    EXPECT_EQ(peer.told<RequestFailed>().failure, Failure::no_answer);
}

TEST(CoapRequestBounds, PastItsBoundARequestFailsUnsent) {
    Conversation peer;
    peer.now = peer.at(5);
    peer.get("rd", {.no_transmission_after = peer.at(4), .give_up_at = {}});
    EXPECT_TRUE(peer.sent().empty());
    EXPECT_EQ(peer.told<RequestFailed>().failure, Failure::transmission_bound);
}

TEST(CoapRequestBounds, GivingUpEndsItEarlier) {
    Conversation peer;
    peer.get("rd", {.no_transmission_after = {}, .give_up_at = peer.at(7)});
    peer.run_until(7);
    EXPECT_EQ(peer.sent().size(), 3U);
    EXPECT_EQ(peer.told<RequestFailed>().failure, Failure::no_answer);
    EXPECT_FALSE(peer.endpoint.next_deadline());
}

TEST(CoapRequestBounds, GivingUpAfterTheTransmissionBoundNamesTheBound) {
    Conversation peer;
    peer.get("rd", {.no_transmission_after = peer.at(3), .give_up_at = peer.at(7)});
    peer.run_until(7);
    EXPECT_EQ(peer.told<RequestFailed>().failure, Failure::transmission_bound);
}

TEST(CoapRequestBounds, GivingUpAfterAnEmptyAcknowledgementIsNoResponse) {
    Conversation peer;
    peer.get("rd", {.no_transmission_after = peer.at(3), .give_up_at = peer.at(7)});
    peer.empty(Type::acknowledgement, peer.sent_one().id);
    peer.run_until(7);
    EXPECT_EQ(peer.told<RequestFailed>().failure, Failure::no_response);
}

TEST(CoapRequestBounds, AWaitingRequestIsGivenUpInTimeToo) {
    Conversation peer;
    peer.get("a");
    const ExchangeId second =
        peer.get("b", {.no_transmission_after = {}, .give_up_at = peer.at(5)});
    peer.run_until(5);
    const auto failed = peer.told<RequestFailed>();
    EXPECT_EQ(failed.id, second);
    EXPECT_EQ(failed.failure, Failure::no_answer);
    EXPECT_EQ(failed.times.retransmissions, 0U);
}

TEST(CoapRequestBounds, AWaitingRequestWhoseBoundHasPassedIsNeverSent) {
    Conversation peer;
    peer.get("a");
    peer.get("b", {.no_transmission_after = peer.at(5), .give_up_at = {}});
    const Seen one = peer.sent_one();
    peer.now = peer.at(5.5);
    peer.piggyback(one, {.code = Code::content});
    EXPECT_TRUE(peer.sent().empty());
    const auto events = peer.events();
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(std::get<RequestFailed>(events[1]).failure, Failure::transmission_bound);
}

}  // namespace
}  // namespace coap
