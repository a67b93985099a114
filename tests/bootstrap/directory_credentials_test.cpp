// Devices with more than one credential: which association is theirs, and what they are dialled
// with.

#include <optional>
#include <string>
#include <vector>

#include "tests/bootstrap/directory_fixture.h"

namespace bootstrap::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

provisioning::PskCredential psk(const std::string& identity) {
    return {{identity.begin(), identity.end()}, model::Secret(wire::as_bytes("0123456789abcdef"))};
}

class DirectoryCredentials : public DirectoryTest {
  protected:
    static Assignment dialled(bool psk = true, bool certificate = false) {
        const Assignment plain = assignment("a", Keys::psk);
        auto device = std::make_shared<Device>(*plain.device);
        device->reach.mode = provisioning::Reach::Mode::dial;
        if (!psk) device->credentials.psk.reset();
        if (certificate) device->credentials.x509.emplace().ca = true;
        return {device, plain.profile};
    }
    Directory::Output attach_with(const Assignment& who,
                                  std::vector<provisioning::PskCredential> to_dial) {
        Attachment event{who, wire::IpAddress::from("192.0.2.9"), {}, "api"};
        event.to_dial = std::move(to_dial);
        Directory::Output out;
        session_ = accepted(directory_.attach(event, now_, wall_, out));
        return out;
    }
    // What the only command dials with.
    static std::string dials(const Directory::Output& out) {
        if (out.commands.size() != 1) return std::to_string(out.commands.size()) + " commands";
        const auto& reach = std::get<Reach>(out.commands.at(0).command);
        EXPECT_TRUE(reach.dial);
        EXPECT_EQ(reach.by_public_key, !reach.dial_with);
        return reach.dial_with ? std::string(wire::as_text(reach.dial_with->identity))
                               : "public key";
    }
    Directory::Output refused() {
        return tell(NotReached{
            session_, "the handshake failed: unknown identity", Outcome::handshake_failed, {}});
    }
    Directory::Output unheard() { return tell(NotReached{session_, "no answer", {}, {}}); }

    SessionId session_;
};

// ---- associations ----

TEST_F(DirectoryCredentials, AnAssociationIsFoundByTheDeviceWhateverItWasOpenedWith) {
    const Assignment who = assignment("a", Keys::psk);
    AssociationOpened by_certificate{first_, {}, at("192.0.2.1:5")};
    by_certificate.public_key.emplace();
    by_certificate.endpoint = "a";
    tell(by_certificate);
    now_ += 60s;
    const auto out = attach(who).second;
    ASSERT_THAT(out.commands, SizeIs(1));
    EXPECT_EQ(std::get<Start>(out.commands[0].command).peer, first_);
}

TEST_F(DirectoryCredentials, ADeviceWithACertificateAloneIsWaitedForAndFound) {
    const Assignment plain = assignment("a", Keys::psk);
    auto device = std::make_shared<Device>(*plain.device);
    device->credentials.psk.reset();
    device->credentials.rpk.emplace();
    const auto [result, nothing] = attach({device, plain.profile});
    EXPECT_THAT(nothing.commands, IsEmpty());
    tell(opened(first_, "b"));
    EXPECT_THAT(advance(5s).commands, IsEmpty()) << "that is another device's";
    tell(opened(second_, "a"));
    const auto out = advance(5s);
    ASSERT_THAT(out.commands, SizeIs(1));
    EXPECT_EQ(std::get<Start>(out.commands[0].command).peer, second_);
    EXPECT_EQ(std::get<Start>(out.commands[0].command).session, accepted(result));
}

// ---- dialling ----

TEST_F(DirectoryCredentials, ADialTriesOneCredentialAfterTheOtherAtOnce) {
    EXPECT_EQ(dials(attach_with(dialled(true, true), {psk("pending"), psk("current")})), "pending");
    EXPECT_EQ(dials(refused()), "current");
    EXPECT_EQ(dials(refused()), "public key");
    const auto out = refused();
    EXPECT_THAT(out.commands, IsEmpty());
    ASSERT_THAT(out.ended, SizeIs(1));
    EXPECT_EQ(out.ended[0].report.outcome, Outcome::handshake_failed);
    EXPECT_EQ(out.ended[0].attempts, 3U);
}

TEST_F(DirectoryCredentials, ADialGoesByTheRecordWhereNothingElseIsKnown) {
    EXPECT_EQ(dials(attach_with(dialled(), {})), "id-a");
    EXPECT_THAT(refused().ended, SizeIs(1));
    EXPECT_EQ(dials(attach_with(dialled(false, true), {})), "public key");
    EXPECT_THAT(refused().ended, SizeIs(1));
}

TEST_F(DirectoryCredentials, ADialThatNobodyAnsweredComesWithTheNextCredentialLater) {
    EXPECT_EQ(dials(attach_with(dialled(), {psk("pending"), psk("current")})), "pending");
    EXPECT_THAT(unheard().commands, IsEmpty());
    EXPECT_EQ(dials(advance(60s)), "current");
    EXPECT_EQ(dials(refused()), "pending") << "that one was not refused";
    EXPECT_THAT(refused().ended, SizeIs(1));
}

TEST_F(DirectoryCredentials, ADialLaterGoesByWhatIsKnownOfTheDeviceThen) {
    attach_with(dialled(), {psk("pending")});
    unheard();
    directory_.refresh(dialled(), {psk("promoted")});
    EXPECT_EQ(dials(advance(60s)), "promoted");
}

TEST_F(DirectoryCredentials, ARefusedCredentialIsNoReasonToGoOnAfterTheWindow) {
    attach_with(dialled(), {psk("pending"), psk("current")});
    now_ += 2000s;
    const auto out = refused();
    ASSERT_THAT(out.ended, SizeIs(1));
    EXPECT_EQ(out.ended[0].report.outcome, Outcome::expired);
}

// ---- an account that is gone ----

TEST_F(DirectoryCredentials, NobodyIsTriggeredWhoseAccountHasExpired) {
    Attachment event{assignment("a", Keys::psk), wire::IpAddress::from("192.0.2.9"), {}, "api"};
    event.account_expired = true;
    Directory::Output out;
    const auto refused = std::get<AttachRefused>(directory_.attach(event, now_, wall_, out));
    EXPECT_EQ(refused.why, AttachRefused::Why::unreachable);
    EXPECT_THAT(refused.reason, HasSubstr("expired"));
    EXPECT_THAT(out.commands, IsEmpty());
    EXPECT_THAT(out.ended, IsEmpty());
    EXPECT_EQ(directory_.gauges().waiting, 0U);
}

}  // namespace
}  // namespace bootstrap::testing
