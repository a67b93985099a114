#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/bootstrap/session.h"
#include "tests/support/sample.h"
#include "tests/support/seeded_random.h"

namespace bootstrap {

// What the device says it holds; its Bootstrap-Server's account is /0/0.
inline constexpr const char* links = "</>;lwm2m=1.1,</0/0>,</0/1>;ssid=99,</1/0>;ssid=99,</3/0>";

// Drives a session through virtual time; `now_` is the present.
class SessionTest : public testing::Test {
  protected:
    void begin(provisioning::Profile profile = support::sample_profile(), bool secured = true,
               Asked asked = {}) {
        session_.emplace(
            support::assignment(std::move(profile), support::sample_device("a", secured)),
            Mode::client_initiated, secured, std::move(asked), settings_, random_);
        take(session_->start(now_));
    }
    void take(Session::Action action) {
        action_ = std::move(action);
        if (sends()) sent_at_ = now_;
    }
    bool sends() const { return std::holds_alternative<Session::Send>(action_); }
    bool ends() const { return std::holds_alternative<Session::End>(action_); }
    const Session::Send& sent() const { return std::get<Session::Send>(action_); }
    std::string name() const {  // "PUT /1/0"
        if (!sends()) return ends() ? "end" : "wait";
        const coap::Request& request = sent().request;
        std::string text = request.method == coap::Code::get       ? "GET"
                           : request.method == coap::Code::put     ? "PUT"
                           : request.method == coap::Code::delete_ ? "DELETE"
                                                                   : "POST";
        for (const auto& segment : request.path) text += " " + segment;
        return text;
    }
    coap::ExchangeTimes times() const { return {sent_at_, sent_at_, 0, false, false}; }
    void answer(coap::Code code, std::string_view payload = {},
                std::optional<std::uint16_t> format = {}) {
        const auto octets = wire::as_bytes(payload);
        take(session_->answered({code, format, {octets.begin(), octets.end()}}, times(), now_));
    }
    const SessionReport& report() const { return session_->report(); }
    void fail(coap::Failure failure) { take(session_->failed(failure, times(), now_)); }
    // Up to the Finish, every answer well and at once.
    void begin_and_come_to_finish() {
        begin(support::fixed_profile());
        answer(coap::Code::deleted);
        answer(coap::Code::changed);
        answer(coap::Code::changed);
        ASSERT_EQ(name(), "POST bs");
    }
    void expect_end(Outcome outcome, const std::string& cause = "") {
        EXPECT_TRUE(ends());
        ASSERT_TRUE(session_->report().outcome);
        EXPECT_EQ(to_string(*session_->report().outcome), to_string(outcome));
        EXPECT_THAT(session_->report().cause, testing::HasSubstr(cause));
    }

    SessionSettings settings_;
    support::SeededRandom random_{1};
    std::optional<Session> session_;
    Session::Action action_ = Session::Wait{};
    wire::TimePoint now_{std::chrono::seconds(1000)};
    wire::TimePoint sent_at_{};
};

}  // namespace bootstrap
