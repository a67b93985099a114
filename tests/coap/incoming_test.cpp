#include <gtest/gtest.h>

#include "tests/coap/conversation.h"

// The peer's requests and our answers to them.
namespace coap {
namespace {

using std::chrono::seconds;

// CON POST /bs?ep=a, token abcd
wire::Bytes bootstrap_request(std::string_view id = "00 01", std::string_view endpoint = "61") {
    return from_hex("42 02 " + std::string(id) + " ab cd b2 62 73 44 65 70 3d " +
                    std::string(endpoint));
}

wire::Bytes non_confirmable(std::string_view id = "00 01") {
    wire::Bytes request = bootstrap_request(id);
    request[0] = 0x52;
    return request;
}

std::vector<wire::Bytes> only(std::string_view hex) {
    return {from_hex(hex)};
}

Response changed() {
    return {Code::changed, {}, {}};
}

TEST(CoapIncoming, TellsARequest) {
    Conversation peer;
    peer.receive(bootstrap_request());
    EXPECT_TRUE(peer.sent().empty());
    const auto event = peer.told<RequestReceived>();
    EXPECT_TRUE(event.confirmable);
    EXPECT_EQ(event.request.method, Code::post);
    EXPECT_EQ(event.request.path, std::vector<std::string>{"bs"});
    EXPECT_EQ(event.request.queries, std::vector<std::string>{"ep=a"});
}

TEST(CoapIncoming, AnswersInTheAcknowledgement) {
    Conversation peer;
    peer.receive(bootstrap_request());
    const auto event = peer.told<RequestReceived>();
    EXPECT_FALSE(peer.endpoint.respond(event.id, changed(), peer.now, peer.out));
    EXPECT_EQ(peer.sent(), only("62 44 00 01 ab cd"));
    EXPECT_FALSE(peer.endpoint.next_deadline());
}

TEST(CoapIncoming, AnswersWithContentFormatAndPayload) {
    Conversation peer;
    peer.receive(bootstrap_request());
    const auto event = peer.told<RequestReceived>();
    peer.endpoint.respond(event.id, {Code::bad_request, 0, from_hex("6e 6f")}, peer.now, peer.out);
    EXPECT_EQ(peer.sent(), only("62 80 00 01 ab cd c0 ff 6e 6f"));
}

TEST(CoapIncoming, ARepeatedRequestGetsTheSameAnswerAndIsToldOnce) {
    Conversation peer;
    peer.receive(bootstrap_request());
    const auto event = peer.told<RequestReceived>();
    peer.receive(bootstrap_request());
    EXPECT_TRUE(peer.sent().empty()) << "nothing is decided yet";
    peer.endpoint.respond(event.id, changed(), peer.now, peer.out);
    const auto answer = peer.sent();
    peer.now = peer.at(246);
    peer.receive(bootstrap_request());
    EXPECT_EQ(peer.sent(), answer);
    EXPECT_TRUE(peer.events().empty());
    EXPECT_EQ(peer.endpoint.counters().duplicates, 2U);
}

TEST(CoapIncoming, AfterExchangeLifetimeTheMessageIdIsANewRequest) {
    Conversation peer;
    peer.receive(bootstrap_request());
    const auto event = peer.told<RequestReceived>();
    peer.endpoint.respond(event.id, changed(), peer.now, peer.out);
    peer.sent();
    peer.now = peer.at(247);
    peer.receive(bootstrap_request());
    EXPECT_NE(peer.told<RequestReceived>().id, event.id);
}

TEST(CoapIncoming, TheUnansweredOneIsStillARepetitionWithoutAnAnswer) {
    Conversation peer;
    peer.receive(bootstrap_request());
    peer.told<RequestReceived>();
    peer.receive(bootstrap_request());
    EXPECT_TRUE(peer.sent().empty());
    EXPECT_TRUE(peer.events().empty());
}

TEST(CoapIncoming, AnEmptyAcknowledgementMakesTheResponseSeparate) {
    Conversation peer;
    peer.receive(bootstrap_request());
    const auto event = peer.told<RequestReceived>();
    peer.endpoint.acknowledge(event.id, peer.out);
    peer.endpoint.acknowledge(event.id, peer.out);
    EXPECT_EQ(peer.sent(), only("60 00 00 01")) << "once";
    peer.receive(bootstrap_request());
    EXPECT_EQ(peer.sent(), only("60 00 00 01"));

    EXPECT_TRUE(peer.endpoint.respond(event.id, changed(), peer.now, peer.out));
    const Seen response = peer.sent_one();
    EXPECT_EQ(response.type, Type::confirmable);
    EXPECT_EQ(response.code, Code::changed);
    EXPECT_EQ(response.token, *Token::from(from_hex("ab cd")));

    peer.receive(bootstrap_request());
    EXPECT_EQ(peer.sent(), only("60 00 00 01")) << "not the response as well";
    EXPECT_TRUE(peer.events().empty());

    peer.empty(Type::acknowledgement, response.id);
    const auto settled = peer.told<ResponseSettled>();
    EXPECT_EQ(settled.id, event.id);
    EXPECT_TRUE(settled.delivered);
    EXPECT_FALSE(peer.endpoint.next_deadline());
}

TEST(CoapIncoming, ASeparateResponseIsRepeatedAndGivenUp) {
    Conversation peer;
    peer.receive(bootstrap_request());
    const auto event = peer.told<RequestReceived>();
    peer.endpoint.acknowledge(event.id, peer.out);
    peer.sent();
    peer.endpoint.respond(event.id, changed(), peer.now, peer.out);
    const auto first = peer.sent();
    peer.run_until(61.9);
    const auto again = peer.sent();
    EXPECT_EQ(again, std::vector<wire::Bytes>(4, first.front()));
    peer.run_until(62);
    EXPECT_FALSE(peer.told<ResponseSettled>().delivered);
    EXPECT_EQ(peer.endpoint.counters().retransmissions, 4U);
}

TEST(CoapIncoming, AResetOfASeparateResponseSettlesIt) {
    Conversation peer;
    peer.receive(bootstrap_request());
    const auto event = peer.told<RequestReceived>();
    peer.endpoint.acknowledge(event.id, peer.out);
    peer.sent();
    peer.endpoint.respond(event.id, changed(), peer.now, peer.out);
    peer.empty(Type::reset, peer.sent_one().id);
    EXPECT_FALSE(peer.told<ResponseSettled>().delivered);
}

TEST(CoapIncoming, ANonConfirmableRequestGetsANonConfirmableResponse) {
    Conversation peer;
    peer.receive(non_confirmable());
    const auto event = peer.told<RequestReceived>();
    EXPECT_FALSE(event.confirmable);
    peer.endpoint.acknowledge(event.id, peer.out);
    EXPECT_TRUE(peer.sent().empty());
    EXPECT_FALSE(peer.endpoint.respond(event.id, changed(), peer.now, peer.out));
    const Seen response = peer.sent_one();
    EXPECT_EQ(response.type, Type::non_confirmable);
    EXPECT_EQ(response.token, *Token::from(from_hex("ab cd")));
    EXPECT_FALSE(peer.endpoint.next_deadline());
}

// RFC 7252 §4.5: "The recipient SHOULD silently ignore any duplicated Non-confirmable message".
TEST(CoapIncoming, ARepeatedNonConfirmableRequestIsIgnoredForNonLifetime) {
    Conversation peer;
    peer.receive(non_confirmable());
    const auto event = peer.told<RequestReceived>();
    peer.endpoint.respond(event.id, changed(), peer.now, peer.out);
    peer.sent();
    peer.now = peer.at(144);
    peer.receive(non_confirmable());
    EXPECT_TRUE(peer.sent().empty());
    EXPECT_TRUE(peer.events().empty());
    peer.now = peer.at(145);
    peer.receive(non_confirmable());
    EXPECT_EQ(peer.events().size(), 1U);
}

TEST(CoapIncoming, ANonConfirmableMessageIsNeverAnsweredByAnAcknowledgement) {
    Conversation peer(Endpoint::Security::secured);
    peer.receive(bootstrap_request());
    peer.endpoint.respond(peer.told<RequestReceived>().id, changed(), peer.now, peer.out);
    peer.sent();
    peer.receive(non_confirmable());  // the same Message ID
    EXPECT_TRUE(peer.sent().empty());
}

TEST(CoapIncoming, RespondingTwiceDoesNothingMore) {
    Conversation peer;
    peer.receive(bootstrap_request());
    const auto event = peer.told<RequestReceived>();
    peer.endpoint.respond(event.id, changed(), peer.now, peer.out);
    peer.sent();
    EXPECT_FALSE(peer.endpoint.respond(event.id, changed(), peer.now, peer.out));
    peer.endpoint.acknowledge(event.id, peer.out);
    EXPECT_TRUE(peer.sent().empty());
}

TEST(CoapIncoming, APingIsReset) {
    Conversation peer;
    peer.receive(from_hex("40 00 12 34"));
    EXPECT_EQ(peer.sent(), only("70 00 12 34"));
    EXPECT_EQ(peer.endpoint.counters().malformed, 0U);
}

TEST(CoapIncoming, AnEmptyNonConfirmableMessageIsIgnored) {
    Conversation peer;
    peer.receive(from_hex("50 00 12 34"));
    EXPECT_TRUE(peer.sent().empty());
    EXPECT_EQ(peer.endpoint.counters().malformed, 1U);
}

// RFC 7252 §4.2 and §4.3: what is malformed is reset when it is Confirmable, else ignored.
TEST(CoapIncoming, AMalformedConfirmableMessageIsReset) {
    for (const char* malformed : {"49 01 12 34 01 02 03 04 05 06 07 08 09", "40 20 12 34",
                                  "44 01 12 34 01", "40 01 12 34 f1 00", "40 01 12 34 bf 00",
                                  "40 01 12 34 b2 00", "40 01 12 34 ff", "41 00 12 34 00"}) {
        Conversation peer;
        wire::Bytes datagram = from_hex(malformed);
        peer.receive(datagram);
        EXPECT_EQ(peer.sent(), only("70 00 12 34")) << malformed;
        for (const unsigned type : {0x10U, 0x20U, 0x30U}) {
            datagram[0] = static_cast<std::uint8_t>((datagram[0] & 0xCF) | type);
            peer.receive(datagram);
            EXPECT_TRUE(peer.sent().empty()) << malformed;
        }
        EXPECT_TRUE(peer.events().empty());
        EXPECT_EQ(peer.endpoint.counters().malformed, 4U);
    }
}

TEST(CoapIncoming, OtherVersionsAndFragmentsAreIgnored) {
    Conversation peer;
    peer.receive(from_hex("80 01 12 34"));
    peer.receive(from_hex("40 01 12"));
    peer.receive({});
    EXPECT_TRUE(peer.sent().empty());
    EXPECT_EQ(peer.endpoint.counters().malformed, 3U);
}

// RFC 7252 §5.4.1.
TEST(CoapIncoming, AnUnknownCriticalOptionIsAnsweredByBadOption) {
    Conversation peer;
    const wire::Bytes request = from_hex("41 02 00 01 aa 91 00");
    peer.receive(request);
    const auto answer = peer.sent();
    EXPECT_EQ(answer, only("61 82 00 01 aa"));
    peer.receive(request);
    EXPECT_EQ(peer.sent(), answer);
    EXPECT_TRUE(peer.events().empty());
    EXPECT_EQ(peer.endpoint.counters().malformed, 1U);
}

TEST(CoapIncoming, AnUnknownCriticalOptionInANonConfirmableRequestIsIgnored) {
    Conversation peer;
    peer.receive(from_hex("51 02 00 01 aa 91 00"));
    EXPECT_TRUE(peer.sent().empty());
    EXPECT_TRUE(peer.events().empty());
}

TEST(CoapIncoming, ABlock2OfZeroIsPassedOver) {
    Conversation peer;
    peer.receive(from_hex("40 01 00 01 d1 0a 02"));
    EXPECT_EQ(peer.events().size(), 1U);
}

TEST(CoapIncoming, ABlock2BeyondTheFirstOfNothingIsIncomplete) {
    Conversation peer;
    peer.receive(from_hex("40 01 00 01 d1 0a 12"));
    EXPECT_EQ(peer.sent(), only("60 88 00 01"));
    EXPECT_TRUE(peer.events().empty());
    EXPECT_EQ(peer.endpoint.counters().stray_blocks, 1U);
}

// RFC 7959 §3.3: first the whole request, then the blocks of its answer.
TEST(CoapIncoming, APartOfARequestDoesNotAskForAPartOfItsAnswer) {
    Conversation peer;
    peer.receive(from_hex("40 01 00 01 d1 0a 12 41 08 ff 61"));
    EXPECT_EQ(peer.sent(), only("60 80 00 01"));
    EXPECT_TRUE(peer.events().empty());
}

// ---- whose Message ID it is ----

TEST(CoapIncoming, SecuredTheSameMessageIdIsTheSameRequest) {
    Conversation peer(Endpoint::Security::secured);
    peer.receive(bootstrap_request("00 01", "61"));
    peer.receive(bootstrap_request("00 01", "62"));
    EXPECT_EQ(peer.events().size(), 1U);
}

TEST(CoapIncoming, UnsecuredTheSameMessageIdWithOtherOctetsIsANewRequest) {
    Conversation peer(Endpoint::Security::unsecured);
    peer.receive(bootstrap_request("00 01", "61"));
    const auto first = peer.told<RequestReceived>();
    peer.receive(bootstrap_request("00 01", "62"));
    const auto second = peer.told<RequestReceived>();
    EXPECT_EQ(second.request.queries, std::vector<std::string>{"ep=b"});
    EXPECT_EQ(peer.endpoint.counters().duplicates, 0U);

    peer.endpoint.respond(second.id, changed(), peer.now, peer.out);
    const auto answer = peer.sent();
    peer.endpoint.respond(first.id, {Code::bad_request, {}, {}}, peer.now, peer.out);
    peer.sent();
    peer.receive(bootstrap_request("00 01", "62"));
    EXPECT_EQ(peer.sent(), answer) << "the earlier one's answer must not take its place";
}

// ---- limits ----

TEST(CoapIncoming, MoreThanTheLimitAtOnceAreRefusedBySilence) {
    Limits limits;
    limits.incoming = 2;
    Conversation peer(Endpoint::Security::secured, limits);
    peer.receive(bootstrap_request("00 01"));
    peer.receive(bootstrap_request("00 02"));
    const auto events = peer.events();
    ASSERT_EQ(events.size(), 2U);
    peer.receive(bootstrap_request("00 03"));
    EXPECT_TRUE(peer.sent().empty());
    EXPECT_TRUE(peer.events().empty());
    EXPECT_EQ(peer.endpoint.counters().overflow, 1U);

    peer.endpoint.respond(std::get<RequestReceived>(events[0]).id, changed(), peer.now, peer.out);
    peer.sent();
    peer.receive(bootstrap_request("00 03"));
    EXPECT_EQ(peer.events().size(), 1U) << "its retransmission finds room";
}

TEST(CoapIncoming, SeparateResponsesThatNobodyAcknowledgesCountAsWell) {
    Limits limits;
    limits.incoming = 1;
    Conversation peer(Endpoint::Security::secured, limits);
    peer.receive(bootstrap_request("00 01"));
    const auto event = peer.told<RequestReceived>();
    peer.endpoint.acknowledge(event.id, peer.out);
    peer.endpoint.respond(event.id, changed(), peer.now, peer.out);
    peer.receive(bootstrap_request("00 02"));
    EXPECT_TRUE(peer.events().empty());
    EXPECT_EQ(peer.endpoint.counters().overflow, 1U);
}

TEST(CoapIncoming, TheMemoryForRepetitionsIsBounded) {
    Limits limits;
    limits.deduplication_entries = 4;
    Conversation peer(Endpoint::Security::secured, limits);
    std::size_t after_four = 0;
    for (unsigned i = 0; i < 100; ++i) {
        wire::Bytes request = bootstrap_request();
        request[3] = static_cast<std::uint8_t>(i);
        peer.receive(request);
        peer.endpoint.respond(peer.told<RequestReceived>().id, changed(), peer.now, peer.out);
        if (i == 3) after_four = peer.endpoint.memory();
    }
    EXPECT_LE(peer.endpoint.memory(), after_four);
    peer.sent();
    wire::Bytes oldest = bootstrap_request();
    oldest[3] = 95;
    peer.receive(oldest);
    EXPECT_EQ(peer.events().size(), 1U) << "forgotten";
    oldest[3] = 99;
    peer.receive(oldest);
    EXPECT_TRUE(peer.events().empty()) << "remembered";
}

TEST(CoapIncoming, ABodyAboveTheLimitIsTooLarge) {
    Limits limits;
    limits.body = 4;
    Conversation peer(Endpoint::Security::secured, limits);
    peer.receive(from_hex("40 02 00 01 ff 01 02 03 04"));
    EXPECT_EQ(peer.events().size(), 1U);
    peer.receive(from_hex("40 02 00 02 ff 01 02 03 04 05"));
    EXPECT_EQ(peer.sent(), only("60 8d 00 02"));
    EXPECT_TRUE(peer.events().empty());
    EXPECT_EQ(peer.endpoint.counters().overflow, 1U);
}

TEST(CoapIncoming, AnIdleEndpointHoldsNothing) {
    Conversation peer;
    EXPECT_EQ(peer.endpoint.memory(), 0U);
    peer.receive(bootstrap_request());
    peer.endpoint.respond(peer.told<RequestReceived>().id, changed(), peer.now, peer.out);
    peer.put("payload");
    peer.piggyback(see(peer.sent().back()), {.code = Code::changed});
    EXPECT_GT(peer.endpoint.memory(), 0U);
    peer.now = peer.at(247);
    peer.endpoint.on_timer(peer.now, peer.out);
    EXPECT_EQ(peer.endpoint.memory(), 0U);
}

}  // namespace
}  // namespace coap
