// What becomes of the device's Bootstrap-Server account, and what is told of it.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/bootstrap/session.h"
#include "tests/bootstrap/session_fixture.h"

namespace bootstrap {
namespace {

using namespace std::chrono_literals;
using coap::Code;
using provisioning::BootstrapAccount;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// The key and the identity of a new account, as octets that would show anywhere.
constexpr const char* fresh_identity = "fresh-identity";
constexpr const char* fresh_key = "0123456789ABCDEF";

class SessionAccountTest : public SessionTest {
  protected:
    static provisioning::Profile replacing(BootstrapAccount::Way way) {
        provisioning::Profile profile = support::sample_profile();
        profile.account.keys = BootstrapAccount::Keys::replace;
        profile.account.way = way;
        profile.account.uri = "coaps://bs.example.com:5684";
        profile.account.pointer = "/bootstrapAccount";
        profile.wanted.replacement = true;
        return profile;
    }
    static provisioning::Issued fresh() {
        provisioning::Issued issued;
        const auto identity = wire::as_bytes(fresh_identity);
        issued.replacement = provisioning::PskCredential{{identity.begin(), identity.end()},
                                                         model::Secret(wire::as_bytes(fresh_key))};
        return issued;
    }
    void begin_to_replace(provisioning::Profile profile, provisioning::Issued issued = fresh()) {
        issued_ = std::make_shared<const provisioning::Issued>(std::move(issued));
        steps_.clear();
        written_.reset();
        begin(std::move(profile));
    }
    bool prepares() const { return std::holds_alternative<Session::Prepare>(action_); }
    bool writes_account() const {
        return sends() && sent().request.method == Code::put && sent().request.path[0] == "0" &&
               wire::as_text(sent().request.payload).find(fresh_identity) != std::string::npos;
    }
    bool deletes_account() const { return name() == "DELETE 0 0"; }
    // What it wants done is done well: one step on.
    void step() {
        steps_.push_back(prepares() ? "prepare" : name());
        if (prepares()) {
            take(session_->prepared(issued_, now_));
            return;
        }
        const coap::Request& request = sent().request;
        if (writes_account()) written_ = request.path[1];
        if (request.method == Code::get) {
            std::string list = listed_;
            if (written_) list += ",</0/" + *written_ + ">";
            answer(Code::content, list);
        } else {
            answer(request.method == Code::delete_ ? Code::deleted : Code::changed);
        }
    }
    void run(std::size_t steps = 100) {
        for (std::size_t i = 0; i < steps && !ends(); ++i) step();
    }
    // Nothing that people see has a word of the key.
    void expect_no_key() const {
        std::string all = report().cause;
        for (const auto& note : report().notes) all += note;
        for (const auto& operation : report().operations) {
            all += operation.note;
            for (const auto& value : operation.values) all += value.path + value.value;
        }
        EXPECT_THAT(all, Not(HasSubstr(fresh_key)));
        EXPECT_THAT(all, Not(HasSubstr(wire::to_hex(wire::as_bytes(fresh_key)))));
    }

    provisioning::IssuedPointer issued_;
    std::vector<std::string> steps_;
    std::optional<std::string> written_;
    std::string listed_ = links;
};

// ---- what a Discover has to list ----

TEST(Expectation, IsMetByTheInstanceOrWhatIsInIt) {
    provisioning::Operation discover;
    discover.kind = provisioning::OperationKind::discover;
    discover.path = model::Path(0);
    const auto told = [&](std::string_view text) {
        const auto octets = wire::as_bytes(text);
        return unmet_expectation(discover, {Code::content, 40, {octets.begin(), octets.end()}});
    };
    EXPECT_FALSE(told("</0/0>")) << "nothing is expected";
    discover.expects = model::Path(0, 5);
    EXPECT_FALSE(told("</0/0>,</0/5>;uri=\"coaps://a\""));
    EXPECT_FALSE(told("</0/5/0>"));
    EXPECT_THAT(told("</0/0>,</1/5>").value_or(""), HasSubstr("does not list /0/5"));
    EXPECT_THAT(told("").value_or(""), HasSubstr("DISCOVER /0"));
    EXPECT_THAT(told("<\xFF").value_or(""), HasSubstr("nothing more is deleted"));
}

// ---- in place ----

TEST_F(SessionAccountTest, IsWrittenInPlaceLastBeforeTheFinish) {
    begin_to_replace(replacing(BootstrapAccount::Way::in_place));
    run();
    expect_end(Outcome::finished);
    ASSERT_GE(steps_.size(), 3U);
    EXPECT_EQ(steps_[1], "prepare");
    EXPECT_EQ(steps_[steps_.size() - 2], "PUT 0 0");
    EXPECT_EQ(steps_.back(), "POST bs");
    EXPECT_EQ(report().account.credential_at, 0);
    EXPECT_TRUE(report().account.credential_taken);
    EXPECT_FALSE(report().account.replaces);
    EXPECT_THAT(report().account.purged, IsEmpty());
    expect_no_key();
}

// ---- a new instance ----

TEST_F(SessionAccountTest, IsWrittenAnewConfirmedAndTheOldOneDeleted) {
    begin_to_replace(replacing(BootstrapAccount::Way::new_instance));
    run();
    expect_end(Outcome::finished);
    ASSERT_TRUE(written_);
    ASSERT_GE(steps_.size(), 5U);
    const auto last = steps_.end();
    EXPECT_EQ(last[-4], "PUT 0 " + *written_);
    EXPECT_EQ(last[-3], "GET");
    EXPECT_EQ(last[-2], "DELETE 0 0");
    EXPECT_EQ(last[-1], "POST bs");
    EXPECT_EQ(std::to_string(report().account.credential_at.value_or(0)), *written_);
    EXPECT_TRUE(report().account.credential_taken);
    EXPECT_EQ(report().account.replaces, 0);
    EXPECT_THAT(report().account.purged, ElementsAre(0));
    expect_no_key();
}

TEST_F(SessionAccountTest, KeepsTheOldOneWhenTheDeviceDoesNotListTheNewOne) {
    begin_to_replace(replacing(BootstrapAccount::Way::new_instance));
    while (!ends() && !writes_account()) step();
    ASSERT_TRUE(writes_account());
    step();
    ASSERT_EQ(name(), "GET");
    answer(Code::content, links);
    expect_end(Outcome::operation_refused, "does not list /0/");
    EXPECT_TRUE(report().account.credential_at);
    EXPECT_THAT(report().account.purged, IsEmpty());
}

// Every step of both ways, and every way it may fail there.
TEST_F(SessionAccountTest, TellsWhatTheDeviceMayHoldWhereverTheSessionEnds) {
    using Way = BootstrapAccount::Way;
    const std::vector<std::pair<Outcome, std::function<void()>>> failures = {
        {Outcome::cancelled, [&] { take(session_->stop(Session::Stop::cancelled, "", now_)); }},
        {Outcome::superseded, [&] { take(session_->stop(Session::Stop::superseded, "", now_)); }},
        {Outcome::interrupted, [&] { take(session_->stop(Session::Stop::interrupted, "", now_)); }},
        {Outcome::device_silent, [&] { take(session_->transport_lost("lost", now_)); }},
        {Outcome::operation_refused, [&] { answer(Code::method_not_allowed); }},
        {Outcome::deadline_exceeded, [&] { take(session_->on_timer(now_ + 600s)); }},
    };
    for (const Way way : {Way::in_place, Way::new_instance}) {
        begin_to_replace(replacing(way));
        run();
        ASSERT_TRUE(ends());
        const std::size_t steps = steps_.size();
        for (std::size_t at = 0; at < steps; ++at) {
            for (const auto& [outcome, fail] : failures) {
                begin_to_replace(replacing(way));
                run(at);
                ASSERT_FALSE(ends());
                const std::string where = prepares() ? "prepare" : name();
                // A Discover that is refused is done without; where nothing is asked, nothing can
                // be refused.
                if (outcome == Outcome::operation_refused && (prepares() || at == 0)) continue;
                const bool left = written_ || writes_account();
                const bool finishing = where == "POST bs";
                fail();
                ASSERT_TRUE(ends()) << where;
                const bool unconfirmed = finishing && (outcome == Outcome::device_silent ||
                                                       outcome == Outcome::deadline_exceeded);
                EXPECT_EQ(to_string(*report().outcome),
                          to_string(unconfirmed ? Outcome::finish_unconfirmed : outcome))
                    << where;
                EXPECT_EQ(report().account.credential_at.has_value(), left) << where;
                EXPECT_EQ(report().account.credential_taken, written_.has_value()) << where;
                EXPECT_THAT(report().account.purged, IsEmpty()) << where;
                EXPECT_FALSE(report().account.expires_after);
                expect_no_key();
            }
        }
    }
}

TEST_F(SessionAccountTest, KeepsTheOldKeysWhenTheWriteOfTheAccountIsRefused) {
    begin_to_replace(replacing(BootstrapAccount::Way::in_place));
    while (!ends() && !writes_account()) step();
    answer(Code::unauthorized);
    expect_end(Outcome::operation_refused, "WRITE /0/0 was answered 4.01");
    EXPECT_FALSE(report().account.credential_taken);
}

TEST_F(SessionAccountTest, WritesNothingWhereNothingWasMade) {
    begin_to_replace(replacing(BootstrapAccount::Way::in_place), {});
    run();
    expect_end(Outcome::finished);
    EXPECT_THAT(steps_, Not(Contains("PUT 0 0")));
    EXPECT_EQ(report().account, AccountReport{});
}

// ---- what others recorded ----

TEST_F(SessionAccountTest, TellsOfOldInstancesThatAreGoneAlready) {
    provisioning::Issued issued;
    issued.to_purge = {7};
    begin_to_replace(replacing(BootstrapAccount::Way::in_place), issued);
    run();
    expect_end(Outcome::finished);
    EXPECT_THAT(report().account.purged, ElementsAre(7));
}

TEST_F(SessionAccountTest, DeletesOldInstancesThatTheDeviceStillHas) {
    provisioning::Issued issued;
    issued.to_purge = {7};
    listed_ += ",</0/7>";
    begin_to_replace(replacing(BootstrapAccount::Way::in_place), issued);
    run();
    expect_end(Outcome::finished);
    EXPECT_THAT(steps_, Contains("DELETE 0 7"));
    EXPECT_THAT(report().account.purged, ElementsAre(7));
}

// ---- expiry and hand-over ----

TEST_F(SessionAccountTest, TellsWhenTheAccountExpiresOnceTheSessionHasFinished) {
    auto profile = support::sample_profile();
    profile.account.keys = BootstrapAccount::Keys::expire;
    profile.account.timeout = 3600;
    begin_to_replace(profile);
    run();
    expect_end(Outcome::finished);
    EXPECT_EQ(report().account.expires_after, 3600s);

    begin_to_replace(profile);
    while (!ends() && name() != "POST bs") step();
    take(session_->transport_lost("lost", now_));
    expect_end(Outcome::finish_unconfirmed);
    EXPECT_FALSE(report().account.expires_after);
}

TEST_F(SessionAccountTest, HandsTheDeviceOverByItsFinish) {
    auto profile = support::sample_profile();
    profile.account.hands_over = true;
    profile.account.uri = "coaps://other.example.com";
    begin_to_replace(profile);
    run();
    expect_end(Outcome::handed_over);
    EXPECT_EQ(report().cause, "");

    begin_to_replace(profile);
    while (!ends() && name() != "POST bs") step();
    answer(Code::not_acceptable);
    expect_end(Outcome::finish_refused);
}

}  // namespace
}  // namespace bootstrap
