#include "tests/coap/long_answer.h"

// What bounds our answers: memory, and the size of an unsecured request.
namespace coap {
namespace {

TEST_F(CoapLongAnswer, AboveTheLimitIsAnsweredByAnErrorAndToldAsNotDelivered) {
    peer.limits.answers = 299;
    const IncomingId id = begin(body_of(300));
    EXPECT_EQ(peer.sent_one().code, Code::internal_server_error);
    const auto settled = peer.told<ResponseSettled>();
    EXPECT_EQ(settled.id, id);
    EXPECT_FALSE(settled.delivered);
    EXPECT_EQ(peer.endpoint.counters().overflow, 1U);
    EXPECT_LT(peer.endpoint.memory(), 300U);
}

TEST_F(CoapLongSeparateAnswer, AboveTheLimitIsToldOnce) {
    peer.limits.answers = 299;
    begin_separately(body_of(300));
    EXPECT_EQ(first.code, Code::internal_server_error);
    EXPECT_TRUE(peer.events().empty());
    peer.empty(Type::acknowledgement, first.id);
    EXPECT_FALSE(peer.told<ResponseSettled>().delivered);
    EXPECT_FALSE(peer.endpoint.next_deadline());
}

TEST_F(CoapLongAnswer, OneIsHeldHoweverManyAreAskedFor) {
    peer.limits.deduplication_entries = 4;
    std::size_t settled = 0;
    for (std::uint16_t id = 1; id <= 100; ++id) {
        peer.receive(get(id, {}, std::to_string(id)));
        for (const Event& event : peer.events()) {
            if (const auto* request = std::get_if<RequestReceived>(&event))
                peer.endpoint.respond(request->id, content(body_of(10'000)), peer.now, peer.out);
        }
        for (const Event& event : peer.events())
            settled += std::holds_alternative<ResponseSettled>(event);
        EXPECT_LE(peer.endpoint.memory(), 10'000U + 8 * 512);
    }
    EXPECT_EQ(settled, 99U);
    EXPECT_EQ(lost(), 99U);
}

// ---- amplification ----

class CoapUnsecuredAnswer : public CoapLongAnswer {
  protected:
    CoapUnsecuredAnswer() : CoapLongAnswer(Endpoint::Security::unsecured) {}
    bool answer(Response response) {
        peer.receive(get(1));
        return peer.endpoint.respond(peer.told<RequestReceived>().id, std::move(response), peer.now,
                                     peer.out);
    }
    std::uint64_t cut() const { return peer.endpoint.counters().cut_answers; }
};

TEST_F(CoapUnsecuredAnswer, OfThreeTimesItsRequestMayLeave) {
    const std::size_t request = get(1).size();
    // Header and token 6, Content-Format 2, payload marker 1.
    EXPECT_FALSE(answer(content(body_of(3 * request - 9))));
    EXPECT_EQ(peer.sent().at(0).size(), 3 * request);
    EXPECT_EQ(cut(), 0U);
}

TEST_F(CoapUnsecuredAnswer, ALongerSuccessIsReplacedByAnError) {
    EXPECT_TRUE(answer(content(body_of(3 * get(1).size() - 8))));
    const Seen sent = peer.sent_one();
    EXPECT_EQ(sent.code, Code::internal_server_error);
    EXPECT_EQ(sent.payload, "");
    EXPECT_FALSE(peer.told<ResponseSettled>().delivered);
    EXPECT_EQ(cut(), 1U);
}

TEST_F(CoapUnsecuredAnswer, ALongErrorKeepsItsCodeAndLosesItsPayload) {
    Response response = content(body_of(100));
    response.code = Code::bad_request;
    EXPECT_FALSE(answer(std::move(response)));
    const Seen sent = peer.sent_one();
    EXPECT_EQ(sent.code, Code::bad_request);
    EXPECT_EQ(sent.payload, "");
    EXPECT_TRUE(peer.events().empty());
    EXPECT_EQ(cut(), 1U);
}

TEST_F(CoapUnsecuredAnswer, ABlockWiseOneIsReplacedAsWell) {
    EXPECT_TRUE(answer(content(body_of(300))));
    EXPECT_EQ(peer.sent_one().code, Code::internal_server_error);
    EXPECT_FALSE(peer.told<ResponseSettled>().delivered);
    EXPECT_LT(peer.endpoint.memory(), 300U);
    EXPECT_EQ(cut(), 1U);
}

TEST_F(CoapLongAnswer, SecuredNoAnswerIsCut) {
    begin(body_of(300));
    EXPECT_GT(peer.sent().at(0).size(), 3 * get(1).size());
    EXPECT_EQ(peer.endpoint.counters().cut_answers, 0U);
}

}  // namespace
}  // namespace coap
