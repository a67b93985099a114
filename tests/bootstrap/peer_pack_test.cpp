#include "server/coap/fields.h"
#include "tests/bootstrap/peer_fixture.h"

// A Bootstrap-Pack over a Peer: GET /bspack, LwM2M Core §6.1.7.7.
namespace bootstrap {
namespace {

using namespace std::chrono_literals;
using coap::Block;
using coap::Code;
using coap::Type;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint8_t szx_64 = 2;

class PeerPackTest : public PeerTest {
  protected:
    PeerPackTest() : PeerTest(64) {}

    static provisioning::Assignment with_pack() {
        provisioning::Profile profile = support::fixed_profile();
        profile.enabler = model::Enabler::v1_2;
        profile.pack = true;
        return support::assignment(std::move(profile), support::sample_device("a", true));
    }
    static provisioning::Assignment without_pack() { return assignment(); }

    // As Anjay asks: Accept 112, and neither pct nor acc.
    static wire::Bytes ask(std::uint16_t id, std::optional<Block> block = {},
                           const std::string& endpoint = "a", Type type = Type::confirmable) {
        coap::MessageWriter writer(type, Code::get, coap::MessageId(id), device_token);
        writer.option(coap::OptionNumber::uri_path, wire::as_bytes("bspack"));
        writer.option(coap::OptionNumber::uri_query, wire::as_bytes("ep=" + endpoint));
        writer.option(coap::OptionNumber::accept, 112U);
        if (block) writer.option(coap::OptionNumber::block2, block->value());
        return writer.take();
    }
    void grant(const SessionId& id) {
        clear();
        peer_.admit(with_pack(), id, now_, out_);
    }
    struct Part {
        Code code{};
        std::optional<std::uint16_t> content_format;
        std::optional<Block> block;
        wire::Bytes payload;
    };
    Part part() const {
        const wire::Bytes& last = out_.datagrams.at(0);
        const auto message = coap::decode(last);
        const auto fields = coap::read_response(*message);
        return {message->code,
                fields->content_format,
                fields->block2,
                {message->payload.begin(), message->payload.end()}};
    }
    // Fetches the blocks from `number` on to the last, which is there on return.
    wire::Bytes fetch_from(std::uint32_t number) {
        wire::Bytes body;
        do {
            receive(ask(static_cast<std::uint16_t>(100 + number), Block{number, false, szx_64}));
            const Part next = part();
            EXPECT_EQ(next.code, Code::content);
            if (next.code != Code::content) return body;
            body.insert(body.end(), next.payload.begin(), next.payload.end());
        } while (part().block->more && ++number < 100);
        return body;
    }
    const SessionReport& report() const { return told<Peer::SessionEnded>()->report; }
};

TEST_F(PeerPackTest, WaitsForAdmissionAsAnyRequestDoes) {
    receive(ask(1));
    const auto* wanted = told<Peer::AdmissionWanted>();
    ASSERT_TRUE(wanted);
    EXPECT_TRUE(wanted->request.is_pack);
    EXPECT_EQ(wanted->request.preferred_format, 112);
    EXPECT_THAT(out_.datagrams, IsEmpty());
}

TEST_F(PeerPackTest, IsAnsweredByTheWholeConfigurationBlockByBlock) {
    receive(ask(1));
    grant("s1");
    const Part first = part();
    EXPECT_EQ(first.code, Code::content);
    EXPECT_EQ(first.content_format, 112);
    EXPECT_EQ(first.block, (Block{0, true, szx_64}));
    const auto* progress = told<Peer::Progress>();
    ASSERT_TRUE(progress);
    EXPECT_EQ(progress->operation.method, "PACK");
    EXPECT_TRUE(peer_.has_session());
    EXPECT_EQ(*peer_.session_id(), "s1");
    EXPECT_FALSE(peer_.is_idle());

    wire::Bytes body = first.payload;
    const wire::Bytes rest = fetch_from(1);
    body.insert(body.end(), rest.begin(), rest.end());
    EXPECT_EQ(ended(), "s1 pack_delivered");
    ASSERT_EQ(report().operations.size(), 1U);
    EXPECT_EQ(report().operations[0].payload_size, body.size());
    EXPECT_EQ(report().operations[0].note, "no Finish follows a pack");
    EXPECT_TRUE(report().device_answered);
    EXPECT_THAT(std::string(wire::as_text(body)), HasSubstr("coaps://dm.example.com:5684"));
    EXPECT_TRUE(peer_.is_idle());
    EXPECT_FALSE(peer_.has_session());
}

TEST_F(PeerPackTest, ThatFitsIntoOneMessageHasLeftAtOnce) {
    const PeerSettings roomy = settings_with_patience(1024);
    Peer peer(roomy, random_, Transport{true, {1, 2}});
    peer.receive(ask(1), now_, out_);
    clear();
    peer.admit(with_pack(), "s1", now_, out_);
    EXPECT_EQ(part().code, Code::content);
    EXPECT_FALSE(part().block);
    EXPECT_EQ(ended(), "s1 pack_delivered");
    EXPECT_TRUE(peer.is_idle());
}

TEST_F(PeerPackTest, FitsIntoTheRecordsThatADeviceAskedFor) {
    constexpr std::size_t small_record = 128;
    const PeerSettings roomy = settings_with_patience(1024);
    Peer peer(roomy, random_, Transport{true, {1, 2}, {}, small_record});
    peer.receive(ask(1), now_, out_);
    clear();
    peer.admit(with_pack(), "s1", now_, out_);
    EXPECT_LE(out_.datagrams.at(0).size(), small_record);
    EXPECT_TRUE(part().block->more);
}

TEST_F(PeerPackTest, AfterAnEmptyAcknowledgementComesByItself) {
    receive(ask(1));
    pass(1s);
    EXPECT_THAT(sent(), ElementsAre("ACK 0.00"));
    grant("s1");
    EXPECT_THAT(sent(), ElementsAre("CON 2.05"));
    acknowledge_last();
    EXPECT_TRUE(peer_.has_session()) << "it has one block";
    fetch_from(1);
    EXPECT_EQ(ended(), "s1 pack_delivered");
}

TEST_F(PeerPackTest, ThatIsNeverAcknowledgedIsSilent) {
    receive(ask(1));
    pass(1s);
    grant("s1");
    for (int i = 0; i < 10 && peer_.has_session(); ++i) pass(50s);
    EXPECT_EQ(ended(), "s1 device_silent");
    EXPECT_TRUE(peer_.is_idle());
}

TEST_F(PeerPackTest, WhoseFetchStopsHalfWayIsSilent) {
    receive(ask(1));
    grant("s1");
    receive(ask(2, Block{1, false, szx_64}));
    ASSERT_TRUE(peer_.next_deadline());
    EXPECT_EQ(*peer_.next_deadline(), now_ + 247s);
    pass(247s);
    EXPECT_EQ(ended(), "s1 device_silent");
    receive(ask(3, Block{2, false, szx_64}));
    EXPECT_EQ(part().code, Code::request_entity_incomplete);
}

TEST_F(PeerPackTest, HasTheSessionsDeadline) {
    settings_.session.deadline = 30s;
    receive(ask(1));
    grant("s1");
    EXPECT_EQ(*peer_.next_deadline(), now_ + 30s);
    pass(30s);
    EXPECT_EQ(ended(), "s1 deadline_exceeded");
    EXPECT_TRUE(peer_.is_idle());
}

TEST_F(PeerPackTest, ThatWasStoppedCannotBeFetched) {
    receive(ask(1));
    grant("s1");
    clear();
    peer_.stop("s1", Session::Stop::cancelled, "by an operator", now_, out_);
    EXPECT_EQ(ended(), "s1 cancelled");
    EXPECT_TRUE(peer_.is_idle());
    receive(ask(2, Block{1, false, szx_64}));
    EXPECT_EQ(part().code, Code::request_entity_incomplete);
}

TEST_F(PeerPackTest, EndsWithTheTransport) {
    receive(ask(1));
    grant("s1");
    clear();
    peer_.transport_lost("close_notify", now_, out_);
    EXPECT_EQ(ended(), "s1 device_silent");
    EXPECT_TRUE(peer_.is_idle());
}

// ---- the way back to an ordinary bootstrap ----

// "Any answer other than 2.05 makes Anjay fall back to POST /bs."
TEST_F(PeerPackTest, ThatIsNotGivenLeavesTheWayToAnOrdinaryBootstrap) {
    receive(ask(1));
    clear();
    peer_.refuse(Code::not_implemented, "the profile gives none", now_, out_);
    EXPECT_THAT(sent(), ElementsAre("ACK 5.01"));
    EXPECT_TRUE(told<Peer::RequestRefused>()->falls_back);
    receive(request(2, "a"));
    ASSERT_TRUE(told<Peer::AdmissionWanted>());
    EXPECT_FALSE(told<Peer::AdmissionWanted>()->request.is_pack);
    admit("s1");
    EXPECT_THAT(sent(), ElementsAre("ACK 2.04", "CON DELETE"));
}

TEST_F(PeerPackTest, ARefusalThatIsNoFallBackIsNotCalledOne) {
    receive(ask(1));
    clear();
    peer_.refuse(Code::bad_request, "nobody knows it", now_, out_);
    EXPECT_FALSE(told<Peer::RequestRefused>()->falls_back);
    receive(request(2, "a"));
    clear();
    peer_.refuse(Code::not_implemented, "whatever", now_, out_);
    EXPECT_FALSE(told<Peer::RequestRefused>()->falls_back);
}

TEST_F(PeerPackTest, ThatCannotBeMadeIsNotImplementedAndRecorded) {
    receive(ask(1));
    clear();
    peer_.admit(without_pack(), "s1", now_, out_);
    EXPECT_THAT(sent(), ElementsAre("ACK 5.01"));
    EXPECT_TRUE(told<Peer::RequestRefused>()->falls_back);
    EXPECT_EQ(ended(), "s1 plan_impossible");
    EXPECT_FALSE(report().cause.empty());
    EXPECT_TRUE(peer_.is_idle());
    receive(request(2, "a"));
    admit("s2");
    EXPECT_THAT(sent(), ElementsAre("ACK 2.04", "CON DELETE"));
}

TEST_F(PeerPackTest, AboveTheLimitCannotBeMade) {
    PeerSettings small = settings_with_patience(64);
    small.coap.answers = 100;
    Peer peer(small, random_, Transport{true, {1, 2}});
    peer.receive(ask(1), now_, out_);
    clear();
    peer.admit(with_pack(), "s1", now_, out_);
    EXPECT_THAT(sent(), ElementsAre("ACK 5.01"));
    EXPECT_EQ(ended(), "s1 plan_impossible");
    EXPECT_THAT(report().cause, HasSubstr("more than the limit of 100"));
}

TEST_F(PeerPackTest, AskedForNonConfirmableIsRefused) {
    receive(ask(1, {}, "a", Type::non_confirmable));
    EXPECT_THAT(sent(), ElementsAre("NON 4.00"));
    EXPECT_FALSE(told<Peer::AdmissionWanted>());
}

TEST_F(PeerPackTest, InAFormatThatHoldsNoneIsNotAcceptable) {
    coap::MessageWriter writer(Type::confirmable, Code::get, coap::MessageId(1), device_token);
    writer.option(coap::OptionNumber::uri_path, wire::as_bytes("bspack"));
    writer.option(coap::OptionNumber::accept, 11542U);
    receive(writer.take());
    EXPECT_THAT(sent(), ElementsAre("ACK 4.06"));
}

// ---- more than one request ----

TEST_F(PeerPackTest, TheBootstrapRequestThatFollowsDecides) {
    receive(ask(1));
    receive(request(2, "a"));
    admit("s1");
    EXPECT_THAT(sent(), ElementsAre("ACK 5.01", "ACK 2.04", "CON DELETE"));
}

TEST_F(PeerPackTest, LeavesOnceHoweverOftenItWasAskedFor) {
    receive(ask(1));
    receive(ask(2));
    EXPECT_FALSE(told<Peer::AdmissionWanted>());
    grant("s1");
    EXPECT_THAT(sent(), ElementsAre("ACK 5.01", "ACK 2.05"));
    fetch_from(1);
    EXPECT_EQ(ended(), "s1 pack_delivered");
}

TEST_F(PeerPackTest, GivesWayToABootstrapRequestInTheMidstOfIt) {
    receive(ask(1));
    grant("s1");
    receive(request(2, "a"));
    ASSERT_TRUE(told<Peer::AdmissionWanted>());
    clear();
    peer_.stop("s1", Session::Stop::superseded, "the device asked again", now_, out_);
    EXPECT_EQ(ended(), "s1 superseded");
    admit("s2");
    EXPECT_THAT(sent(), ElementsAre("ACK 2.04", "CON DELETE"));
}

TEST_F(PeerPackTest, SupersedesASessionUnderWay) {
    receive(request(1, "a"));
    admit("s1");
    receive(ask(2));
    grant("s2");
    EXPECT_EQ(ended(), "s1 superseded");
    EXPECT_EQ(*peer_.session_id(), "s2");
    EXPECT_THAT(sent(), ElementsAre("ACK 2.05"));
}

TEST_F(PeerPackTest, IsNotBegunASecondTimeWithoutARequest) {
    receive(ask(1));
    grant("s1");
    fetch_from(1);
    grant("s2");
    EXPECT_THAT(out_.datagrams, IsEmpty());
    EXPECT_EQ(ended(), "s2 not_admitted");
}

TEST_F(PeerPackTest, ThatNobodyAdmitsInTimeIsGivenUp) {
    receive(ask(1));
    pass(1s);
    pass(59s);
    EXPECT_THAT(sent(), ElementsAre("CON 5.03"));
    EXPECT_FALSE(peer_.has_pending_request());
}

}  // namespace
}  // namespace bootstrap
