#include "server/bootstrap/peer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/coap/message.h"
#include "tests/support/sample.h"
#include "tests/support/seeded_random.h"

namespace bootstrap {
namespace {

using namespace std::chrono_literals;
using coap::Code;
using coap::MessageId;
using coap::OptionNumber;
using coap::Type;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const coap::Token device_token = *coap::Token::from(wire::as_bytes("tok"));

// One peer and what it sent and told since the last step.
class PeerTest : public testing::Test {
  protected:
    static PeerSettings settings_with_patience() {
        PeerSettings settings;
        settings.separate_after = 1s;
        settings.admission_wait = 60s;
        return settings;
    }

    void clear() {
        out_.datagrams.clear();
        out_.events.clear();
    }
    void receive(const wire::Bytes& datagram) {
        clear();
        peer_.receive(datagram, now_, out_);
    }
    void pass(wire::Duration time) {
        clear();
        now_ += time;
        peer_.on_timer(now_, out_);
    }
    static wire::Bytes request(std::uint16_t id, const std::string& endpoint,
                               Type type = Type::confirmable, Code method = Code::post,
                               const std::string& path = "bs") {
        coap::MessageWriter writer(type, method, MessageId(id), device_token);
        writer.option(OptionNumber::uri_path, wire::as_bytes(path));
        writer.option(OptionNumber::uri_query, wire::as_bytes("ep=" + endpoint));
        return writer.take();
    }
    void admit(const SessionId& id) {
        clear();
        peer_.admit(assignment(), id, now_, out_);
    }
    static provisioning::Assignment assignment() {
        return support::assignment(support::fixed_profile(), support::sample_device("a", true));
    }
    // "ACK 2.04", "CON DELETE", … of what was sent.
    std::vector<std::string> sent() const {
        std::vector<std::string> names;
        for (const auto& datagram : out_.datagrams) {
            const auto message = coap::decode(datagram);
            EXPECT_TRUE(message);
            static constexpr std::array types = {"CON ", "NON ", "ACK ", "RST "};
            std::string name = types[static_cast<std::size_t>(message->type)];
            if (message->code == Code::post) {
                name += "POST";
            } else if (message->code == Code::put) {
                name += "PUT";
            } else if (message->code == Code::delete_) {
                name += "DELETE";
            } else {
                name += coap::to_string(message->code);
            }
            names.push_back(name);
        }
        return names;
    }
    // A piggybacked answer to the request sent last.
    void answer(Code code) {
        const wire::Bytes last = out_.datagrams.back();
        const auto message = coap::decode(last);
        receive(
            coap::MessageWriter(Type::acknowledgement, code, message->id, message->token).take());
    }
    void acknowledge_last() {
        const wire::Bytes last = out_.datagrams.back();
        receive(coap::encode_empty(Type::acknowledgement, coap::decode(last)->id));
    }
    template <class Event>
    const Event* told() const {
        for (const auto& event : out_.events) {
            if (const auto* found = std::get_if<Event>(&event)) return found;
        }
        return nullptr;
    }
    std::string ended() const {
        const auto* event = told<Peer::SessionEnded>();
        return event ? event->session + " " + std::string(to_string(*event->report.outcome)) : "";
    }

    PeerSettings settings_ = settings_with_patience();
    support::SeededRandom random_{7};
    wire::TimePoint now_{5000s};
    Peer peer_{settings_, random_, Transport{true, {1, 2}}};
    Peer::Output out_;
};

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
    Peer peer(settings_, random_, Transport{true, {1, 2}, small_record});
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

TEST_F(PeerTest, AnswersFirstThenSendsTheFirstOperation) {
    receive(request(1, "a"));
    admit("s1");
    EXPECT_THAT(sent(), ElementsAre("ACK 2.04", "CON DELETE"));
    EXPECT_TRUE(peer_.has_session());
    EXPECT_EQ(*peer_.session_id(), "s1");
    EXPECT_FALSE(peer_.has_pending_request());
}

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
    receive(request(1, "a", Type::confirmable, Code::get, "bspack"));
    EXPECT_THAT(sent(), ElementsAre("ACK 5.01"));
    EXPECT_EQ(told<Peer::RequestRefused>()->code, Code::not_implemented);
    receive(request(2, "a", Type::confirmable, Code::get));
    EXPECT_THAT(sent(), ElementsAre("ACK 4.05"));
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
