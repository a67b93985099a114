#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "provisioning/catalog.h"
#include "provisioning/plan.h"
#include "server/bootstrap/operation.h"
#include "server/bootstrap/record.h"
#include "server/bootstrap/session_account.h"
#include "server/bootstrap/session_discovers.h"
#include "server/bootstrap/session_plan.h"
#include "server/bootstrap/session_times.h"
#include "server/coap/endpoint.h"
#include "server/coap/transmission.h"

namespace bootstrap {

struct SessionSettings {
    wire::Duration deadline = std::chrono::seconds(600);
    coap::Transmission transmission;  // ours
};

// What the device's own request said that the plan depends on; nothing where it did not ask.
struct Asked {
    std::optional<std::uint16_t> preferred_format;    // pct
    std::optional<std::vector<model::Path>> account;  // acc
};

// Why nothing could be made for the device: key_share_refused, interrupted.
struct PreparationRefused {
    Outcome outcome = Outcome::key_share_refused;
    std::string reason;
};
using Preparation = std::variant<provisioning::IssuedPointer, PreparationRefused>;

// One bootstrap session, from its first operation to its outcome: the one owner of all
// transitions. Pure: answers and the time go in, the next thing to do comes out. One operation is
// under way at a time. Used by one thread; settings and Random outlive it. What may leave when is
// SessionTimes', what is sent in which format SessionPlan's.
class Session {
  public:
    Session(provisioning::Assignment, Mode, bool secured, Asked, const SessionSettings&,
            wire::Random&);

    // Send this and tell the answer by answered() or failed().
    struct Send {
        coap::Request request;
        coap::RequestBounds bounds;
    };
    // What the profile wants has to be made for the device (Profile::wanted), or old instances of
    // its account are to be told (Device::purge); tell it by prepared(). The device's timer does
    // not stand meanwhile.
    struct Prepare {
        // Where a new key of its account is a new instance: recorded before it leaves.
        std::optional<provisioning::NewAccount> account{};
    };
    // Nothing more is to be done; report() has the outcome.
    struct End {};
    // Wait for the operation under way.
    struct Wait {};
    using Action = std::variant<Send, Prepare, End, Wait>;

    Action start(wire::TimePoint now);
    Action prepared(Preparation, wire::TimePoint now);
    Action answered(const coap::Response&, const coap::ExchangeTimes&, wire::TimePoint now);
    Action failed(coap::Failure, const coap::ExchangeTimes&, wire::TimePoint now);
    // An ICMP refusal came from the peer's address; a hint that counts for a Finish alone.
    Action refused_by_network(wire::TimePoint now);
    // The transport is gone (close_notify, fatal alert, replaced association).
    Action transport_lost(std::string reason, wire::TimePoint now);
    enum class Stop { superseded, cancelled, interrupted };
    Action stop(Stop, std::string reason, wire::TimePoint now);
    Action on_timer(wire::TimePoint now);
    wire::TimePoint next_deadline() const;

    Mode mode() const { return mode_; }
    const provisioning::Assignment& assignment() const { return assignment_; }
    const SessionReport& report() const { return report_; }

  private:
    enum class Phase {
        new_,          // not started
        discovering,   // the plan waits for what Discover tells
        preparing,     // the plan waits for what is made for the device
        proving,       // a Discover whose answer proves the address, its result is not needed
        carrying_out,  // the plan's operations, Finish included; then those of its repair
        ended,
    };

    Action send(const ReadyOperation&, wire::TimePoint now);
    Action next(wire::TimePoint now);
    Action end(Outcome, std::string cause);
    void note(std::string);
    Action too_late(std::string_view to_send);

    // The next of the first Discovers, else the plan and its first operation.
    Action prepare(wire::TimePoint now);
    Action make_plan(wire::TimePoint now);
    Action discovered(const coap::Response&, wire::TimePoint now);
    Action without_discover(std::string_view why, wire::TimePoint now);
    Action refused(coap::Code, wire::TimePoint now);
    void tell_read(const coap::Response&);
    Action finish_answered(coap::Code, const coap::ExchangeTimes&, wire::TimePoint now);
    Action finish_refused(wire::TimePoint now);
    Action finish_unanswered(wire::TimePoint now);

    bool finish_has_left() const { return finishes_ > 0; }
    // An operation is on its way; not while something is made for the device.
    bool awaits_answer() const;
    std::string name_under_way() const;  // "WRITE /0/1"

    provisioning::Assignment assignment_;
    Asked asked_;
    Mode mode_;
    bool secured_;
    const SessionSettings* settings_;
    wire::Random* random_;
    SessionReport report_;

    Phase phase_ = Phase::new_;
    SessionTimes times_;
    FirstDiscovers discovers_;
    provisioning::IssuedPointer issued_;
    SessionPlan plan_;
    SessionAccount account_;
    provisioning::OperationKind under_way_{};
    bool a_write_was_taken_ = false;
    unsigned finishes_ = 0;  // exchanges of the Finish under way
    wire::TimePoint first_finish_{};
};

// What a session that was stopped is recorded as.
Outcome outcome_of(Session::Stop);

}  // namespace bootstrap
