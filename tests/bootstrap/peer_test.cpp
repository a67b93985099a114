#include "tests/bootstrap/peer_fixture.h"

namespace bootstrap {
namespace {

using namespace std::chrono_literals;
using coap::Code;
using coap::Type;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(PeerTest, AsksForAdmissionAndSendsNothingBefore) {
    receive(request(1, "a"));
    const auto* wanted = told<Peer::AdmissionWanted>();
    ASSERT_TRUE(wanted);
    EXPECT_EQ(wanted->request.endpoint->text(), "a");
    EXPECT_THAT(out_.datagrams, IsEmpty());
    EXPECT_TRUE(peer_.has_pending_request());
    EXPECT_FALSE(peer_.is_idle());
}

TEST_F(PeerTest, CutsItsWritesToWhatTheTransportCarries) {
    constexpr std::size_t small_record = 64;
    Peer peer(settings_, random_, Transport{true, {1, 2}, {}, small_record});
    peer.start(assignment(), "s1", now_, out_);
    const auto deletion = coap::decode(out_.datagrams.at(0));
    const wire::Bytes answer =
        coap::MessageWriter(Type::acknowledgement, Code::deleted, deletion->id, deletion->token)
            .take();
    clear();
    peer.receive(answer, now_, out_);
    ASSERT_THAT(sent(), ElementsAre("CON PUT"));
    EXPECT_LE(out_.datagrams[0].size(), small_record);
    EXPECT_NE(coap::decode(out_.datagrams[0])->payload.size(), 0U);
}

// "Operations may only start once the 2.04 has left: Wakaama otherwise rolls back silently, Anjay
// takes an early operation as the cancel of its own request."
TEST_F(PeerTest, AnswersFirstThenSendsTheFirstOperation) {
    receive(request(1, "a"));
    admit("s1");
    EXPECT_THAT(sent(), ElementsAre("ACK 2.04", "CON DELETE"));
    EXPECT_TRUE(peer_.has_session());
    EXPECT_EQ(*peer_.session_id(), "s1");
    EXPECT_FALSE(peer_.has_pending_request());
}

// "Wakaama, in hold-off, extends its deadline only at the second operation": no pause between them.
TEST_F(PeerTest, CarriesASessionThroughToItsEnd) {
    receive(request(1, "a"));
    admit("s1");
    answer(Code::deleted);
    ASSERT_TRUE(told<Peer::Progress>());
    EXPECT_TRUE(told<Peer::Progress>()->first_answer);
    EXPECT_EQ(told<Peer::Progress>()->operation.method, "DELETE");
    EXPECT_EQ(told<Peer::Progress>()->operation.code, Code::deleted);
    EXPECT_THAT(sent(), ElementsAre("CON PUT"));
    answer(Code::changed);
    EXPECT_FALSE(told<Peer::Progress>()->first_answer);
    answer(Code::changed);
    EXPECT_THAT(sent(), ElementsAre("CON POST"));
    answer(Code::changed);
    EXPECT_EQ(ended(), "s1 finished");
    EXPECT_FALSE(peer_.has_session());
    EXPECT_TRUE(peer_.is_idle());
}

TEST_F(PeerTest, ReplaysTheAnswerToARepeatedRequestWithoutAskingAgain) {
    receive(request(1, "a"));
    admit("s1");
    receive(request(1, "a"));
    EXPECT_THAT(sent(), ElementsAre("ACK 2.04"));
    EXPECT_THAT(out_.events, IsEmpty());
    EXPECT_EQ(*peer_.session_id(), "s1");
}

TEST_F(PeerTest, RefusesWithTheCodeAndTellsTheReason) {
    receive(request(1, "a"));
    clear();
    peer_.refuse(Code::bad_request, "nobody knows it", now_, out_);
    EXPECT_THAT(sent(), ElementsAre("ACK 4.00"));
    ASSERT_TRUE(told<Peer::RequestRefused>());
    EXPECT_EQ(told<Peer::RequestRefused>()->reason, "nobody knows it");
    EXPECT_TRUE(peer_.is_idle());
}

TEST_F(PeerTest, AnswersWhatIsNoBootstrapRequestItself) {
    receive(request(2, "a", Type::confirmable, Code::get));
    EXPECT_THAT(sent(), ElementsAre("ACK 4.05"));
    EXPECT_EQ(told<Peer::RequestRefused>()->code, Code::method_not_allowed);
    receive(request(3, "a", Type::confirmable, Code::get, "core"));
    EXPECT_THAT(sent(), ElementsAre("ACK 4.04"));
    EXPECT_FALSE(told<Peer::AdmissionWanted>());
}

TEST_F(PeerTest, RefusesANonConfirmableBootstrapRequest) {
    receive(request(1, "a", Type::non_confirmable));
    EXPECT_THAT(sent(), ElementsAre("NON 4.00"));
    EXPECT_FALSE(told<Peer::AdmissionWanted>());
}

// ---- a slow store ----
//
// "A passing fault is bridged by an empty ACK and a separate response": any 5.xx silences Anjay
// until somebody reconnects it by hand, so 5.03 is the last resort.

TEST_F(PeerTest, AcknowledgesASlowAdmissionAndWaitsForTheSeparateAnswersAcknowledgement) {
    receive(request(1, "a"));
    EXPECT_EQ(peer_.next_deadline(), now_ + 1s);
    pass(1s);
    EXPECT_THAT(sent(), ElementsAre("ACK 0.00"));
    admit("s1");
    EXPECT_THAT(sent(), ElementsAre("CON 2.04")) << "the operations wait";
    EXPECT_TRUE(peer_.has_session());
    acknowledge_last();
    EXPECT_THAT(sent(), ElementsAre("CON DELETE"));
}

TEST_F(PeerTest, EndsTheSessionWhoseSeparateAnswerWasNeverAcknowledged) {
    receive(request(1, "a"));
    pass(1s);
    admit("s1");
    for (int i = 0; i < 10 && peer_.has_session(); ++i) pass(50s);
    EXPECT_EQ(ended(), "s1 device_silent");
    EXPECT_FALSE(told<Peer::SessionEnded>()->report.device_answered);
    EXPECT_THAT(told<Peer::SessionEnded>()->report.cause, HasSubstr("2.04"));
    EXPECT_TRUE(peer_.is_idle());
}

TEST_F(PeerTest, GivesUpAnAdmissionThatNeverComesWith503) {
    receive(request(1, "a"));
    pass(1s);
    EXPECT_EQ(peer_.next_deadline(), now_ + 59s);
    pass(59s);
    EXPECT_THAT(sent(), ElementsAre("CON 5.03"));
    EXPECT_EQ(told<Peer::RequestRefused>()->code, Code::service_unavailable);
    acknowledge_last();
    admit("s1");
    EXPECT_THAT(out_.datagrams, IsEmpty());
    EXPECT_EQ(ended(), "s1 not_admitted");
    EXPECT_FALSE(peer_.has_session());
}

// ---- more than one request ----

TEST_F(PeerTest, AsksOnceForTheSameRequestUnderANewMessageIdAndAnswersBoth) {
    receive(request(1, "a"));
    receive(request(2, "a"));
    EXPECT_FALSE(told<Peer::AdmissionWanted>());
    admit("s1");
    EXPECT_THAT(sent(), ElementsAre("ACK 2.04", "ACK 2.04", "CON DELETE"));
}

TEST_F(PeerTest, AsksAgainForAnotherRequestWhileTheFirstIsPending) {
    receive(request(1, "a"));
    receive(request(2, "b"));
    ASSERT_TRUE(told<Peer::AdmissionWanted>());
    EXPECT_EQ(told<Peer::AdmissionWanted>()->request.endpoint->text(), "b");
}

TEST_F(PeerTest, BeginsAnewWhenTwoAdmissionsCrossed) {
    receive(request(1, "a"));
    receive(request(2, "b"));
    admit("s1");
    clear();
    peer_.stop("s1", Session::Stop::superseded, "a newer request", now_, out_);
    EXPECT_EQ(ended(), "s1 superseded");
    admit("s2");
    EXPECT_THAT(sent(), ElementsAre("CON DELETE"));
    EXPECT_EQ(*peer_.session_id(), "s2");
}

TEST_F(PeerTest, ANewRequestSupersedesOnceTheOldSessionStopped) {
    receive(request(1, "a"));
    admit("s1");
    receive(request(2, "a"));
    EXPECT_TRUE(told<Peer::AdmissionWanted>());
    EXPECT_TRUE(peer_.has_session()) << "until it is told to stop";
    clear();
    peer_.stop("s1", Session::Stop::superseded, "a newer request", now_, out_);
    EXPECT_EQ(ended(), "s1 superseded");
    admit("s2");
    EXPECT_THAT(sent(), ElementsAre("ACK 2.04", "CON DELETE"));
}

TEST_F(PeerTest, HoldsNoMoreRequestsThanTheEndpointsLimit) {
    for (std::uint16_t id = 1; id <= 10; ++id) receive(request(id, "a"));
    EXPECT_EQ(peer_.counters().overflow, 6u);
    admit("s1");
    EXPECT_THAT(out_.datagrams, SizeIs(5));  // four answers, one operation
}

// ---- devices that come back ----

// "tinydtls clients swallow the first POST /bs during the handshake: it arrives 2 s later as a CoAP
// retransmission", which is the first that is ever heard of it.
TEST_F(PeerTest, ServesARequestWhoseFirstTransmissionWasSwallowed) {
    pass(2s);
    receive(request(1, "a"));
    ASSERT_TRUE(told<Peer::AdmissionWanted>());
    admit("s1");
    EXPECT_THAT(sent(), ElementsAre("ACK 2.04", "CON DELETE"));
}

// "A refused Wakaama client returns every 70 s; Anjay doubles from 1.4 s up to 20 s."
TEST_F(PeerTest, AsksAndRefusesAnewHoweverOftenARefusedDeviceReturns) {
    std::vector<wire::Duration> pauses(10, 70s);
    for (wire::Duration pause = 1400ms; pause < 20s; pause *= 2) pauses.push_back(pause);
    pauses.resize(100, 20s);
    std::uint16_t id = 0;
    for (const wire::Duration pause : pauses) {
        receive(request(++id, "a"));
        ASSERT_TRUE(told<Peer::AdmissionWanted>()) << id;
        clear();
        peer_.refuse(Code::bad_request, "nobody knows it", now_, out_);
        ASSERT_THAT(sent(), ElementsAre("ACK 4.00")) << id;
        ASSERT_TRUE(peer_.is_idle()) << "so that the association can expire";
        pass(pause);
    }
    EXPECT_EQ(peer_.counters().overflow, 0U);
    EXPECT_EQ(peer_.counters().duplicates, 0U);
}

// "A 4.xx to pct makes Anjay ask again at once without it."
TEST_F(PeerTest, ServesADeviceThatAsksAgainAtOnceWithoutItsFormat) {
    coap::MessageWriter writer(Type::confirmable, Code::post, coap::MessageId(1), device_token);
    writer.option(coap::OptionNumber::uri_path, wire::as_bytes("bs"));
    writer.option(coap::OptionNumber::uri_query, wire::as_bytes("ep=a"));
    writer.option(coap::OptionNumber::uri_query, wire::as_bytes("pct=60"));
    receive(writer.take());
    EXPECT_THAT(sent(), ElementsAre("ACK 4.15"));
    EXPECT_FALSE(told<Peer::AdmissionWanted>());
    receive(request(2, "a"));
    admit("s1");
    EXPECT_THAT(sent(), ElementsAre("ACK 2.04", "CON DELETE"));
}

// "The npm-packaged Wakaama follows most of its replies with a token-less 5.00 ACK of the same
// Message ID. It is to be ignored."
TEST_F(PeerTest, AStraySecondAcknowledgementChangesNothing) {
    receive(request(1, "a"));
    admit("s1");
    std::vector<std::string> operations;
    while (peer_.has_session()) {
        operations.push_back(sent().back());
        const auto id = coap::decode(out_.datagrams.back())->id;
        answer(operations.back() == "CON DELETE" ? Code::deleted : Code::changed);
        const auto next = out_;
        receive(
            coap::MessageWriter(Type::acknowledgement, Code::internal_server_error, id, {}).take());
        EXPECT_THAT(out_.datagrams, IsEmpty());
        EXPECT_THAT(out_.events, IsEmpty());
        out_ = next;
    }
    EXPECT_THAT(operations, ElementsAre("CON DELETE", "CON PUT", "CON PUT", "CON POST"));
    EXPECT_EQ(ended(), "s1 finished");
    EXPECT_EQ(peer_.counters().stray, 4U);
}

// ---- stopping ----

TEST_F(PeerTest, SendsNothingMoreOfAStoppedSession) {
    receive(request(1, "a"));
    admit("s1");
    clear();
    peer_.stop("s1", Session::Stop::cancelled, "by an operator", now_, out_);
    EXPECT_EQ(ended(), "s1 cancelled");
    for (int i = 0; i < 20; ++i) {
        pass(10s);
        EXPECT_THAT(out_.datagrams, IsEmpty());
        EXPECT_THAT(out_.events, IsEmpty());
    }
}

TEST_F(PeerTest, StopsTheNamedSessionAlone) {
    receive(request(1, "a"));
    admit("s1");
    clear();
    peer_.stop("s0", Session::Stop::cancelled, "by an operator", now_, out_);
    EXPECT_THAT(out_.events, IsEmpty());
    EXPECT_TRUE(peer_.has_session());
}

TEST_F(PeerTest, ForgetsEverythingWhenTheTransportIsLost) {
    receive(request(1, "a"));
    admit("s1");
    receive(request(2, "a"));
    clear();
    peer_.transport_lost("close_notify", now_, out_);
    EXPECT_EQ(ended(), "s1 device_silent");
    EXPECT_TRUE(peer_.is_idle());
}

// ---- server-initiated ----

TEST_F(PeerTest, BeginsUnaskedWithTheFirstOperation) {
    peer_.start(assignment(), "s1", now_, out_);
    EXPECT_THAT(sent(), ElementsAre("CON DELETE"));
}

TEST_F(PeerTest, TellsThatAnUnaskedDeviceNeverAnswered) {
    peer_.start(assignment(), "s1", now_, out_);
    for (int i = 0; i < 10 && peer_.has_session(); ++i) pass(50s);
    EXPECT_EQ(ended(), "s1 device_silent");
    EXPECT_FALSE(told<Peer::SessionEnded>()->report.device_answered);
    EXPECT_EQ(told<Peer::SessionEnded>()->report.operations[0].note, "no answer");
}

// ---- what is made for the device ----

class PeerPreparation : public PeerTest {
  protected:
    void begin() {
        auto profile = support::fixed_profile();
        profile.wanted.secrets["key"] = {};
        receive(request(next_++, "a"));
        clear();
        peer_.admit(support::assignment(profile, support::sample_device("a", true)), "s", now_,
                    out_);
        ASSERT_TRUE(told<Peer::PreparationWanted>());
        EXPECT_EQ(told<Peer::PreparationWanted>()->session, "s");
        EXPECT_EQ(told<Peer::PreparationWanted>()->assignment.profile->name, profile.name);
        EXPECT_THAT(sent(), ElementsAre("ACK 2.04")) << "no operation yet";
    }
    std::uint16_t next_ = 1;  // Message ID
    void prepared(const SessionId& id) {
        clear();
        peer_.prepared(id, std::make_shared<const provisioning::Issued>(), now_, out_);
    }
};

TEST_F(PeerPreparation, HoldsTheFirstOperationBack) {
    begin();
    prepared("another");
    EXPECT_THAT(sent(), IsEmpty());
    prepared("s");
    EXPECT_THAT(sent(), ElementsAre("CON DELETE"));
    prepared("s");
    EXPECT_THAT(sent(), IsEmpty()) << "it was told already";
}

TEST_F(PeerPreparation, ThatIsRefusedEndsTheSession) {
    begin();
    clear();
    peer_.prepared("s", PreparationRefused{Outcome::key_share_refused, "no"}, now_, out_);
    EXPECT_EQ(ended(), "s key_share_refused");
    EXPECT_THAT(sent(), IsEmpty());
    EXPECT_TRUE(peer_.is_idle());
}

TEST_F(PeerPreparation, ThatComesTooLateIsOfNoUse) {
    begin();
    EXPECT_LE(*peer_.next_deadline(), now_ + std::chrono::seconds(102));
    pass(std::chrono::seconds(102));
    EXPECT_EQ(ended(), "s deadline_exceeded");
    EXPECT_FALSE(told<Peer::Progress>()) << "there was no operation";
    prepared("s");
    EXPECT_THAT(sent(), IsEmpty());
}

TEST_F(PeerPreparation, OfASessionThatWasStoppedIsForgotten) {
    begin();
    clear();
    peer_.stop("s", Session::Stop::cancelled, "by an operator", now_, out_);
    EXPECT_EQ(ended(), "s cancelled");
    prepared("s");
    EXPECT_THAT(sent(), IsEmpty());

    begin();
    clear();
    peer_.transport_lost("close_notify", now_, out_);
    EXPECT_EQ(ended(), "s device_silent");
    prepared("s");
    EXPECT_THAT(sent(), IsEmpty());
}

TEST_F(PeerTest, IsAwakeAtTheSessionsDeadline) {
    settings_.session.deadline = 30s;
    peer_.start(assignment(), "s1", now_, out_);
    while (peer_.has_session()) {
        ASSERT_TRUE(peer_.next_deadline());
        ASSERT_LE(*peer_.next_deadline(), wire::TimePoint{5030s});
        pass(*peer_.next_deadline() - now_);
    }
    EXPECT_EQ(ended(), "s1 deadline_exceeded");
    EXPECT_EQ(now_, wire::TimePoint{5030s});
}

}  // namespace
}  // namespace bootstrap
