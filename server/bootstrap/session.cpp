//                 ┌────────────── answered, time left ──────────────┐
//  start ─► Discover? ─► (plan) ─► Delete? ─► Write … ─► Finish ─► finished
//              │            │          │         │          │
//              │            │          └────┬────┘          ├─ 4.06 ─► finish_refused
//              │            │               │               ├─ silence ─► Finish again, until
//              │            │               │               │   t0 + D - MAX_LATENCY
//              │            │               │               └─► finish_unconfirmed
//              │            └─► plan_impossible
//              └─► device_silent        operation_refused · device_silent · deadline_exceeded
//
// stop(): superseded, cancelled, interrupted from anywhere.

#include "server/bootstrap/session.h"

#include <algorithm>
#include <utility>

#include "server/lwm2m/link_format.h"

namespace bootstrap {
namespace {

using provisioning::OperationKind;

std::string_view describe(coap::Failure failure) {
    switch (failure) {
        case coap::Failure::no_answer:
            return "no answer";
        case coap::Failure::no_response:
            return "acknowledged, then no response";
        case coap::Failure::reset:
            return "answered by a Reset";
        case coap::Failure::transmission_bound:
            return "no answer in the time allowed";
        case coap::Failure::response_too_large:
            return "the answer is too large";
        case coap::Failure::bad_response:
            return "the answer breaks the protocol";
    }
    return "";
}

void add_note(OperationRecord& record, std::string_view note) {
    if (!record.note.empty()) record.note += "; ";
    record.note += note;
}

wire::Duration from_seconds(double seconds) {
    return std::chrono::duration_cast<wire::Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

Outcome outcome_of(Session::Stop why) {
    switch (why) {
        case Session::Stop::superseded:
            return Outcome::superseded;
        case Session::Stop::cancelled:
            return Outcome::cancelled;
        case Session::Stop::interrupted:
            return Outcome::interrupted;
    }
    return Outcome::interrupted;
}

Session::Session(provisioning::Assignment assignment, Mode mode, bool secured, Asked asked,
                 const SessionSettings& settings, wire::Random& random)
    : assignment_(std::move(assignment)),
      asked_(std::move(asked)),
      mode_(mode),
      secured_(secured),
      settings_(&settings),
      random_(&random) {}

// ---- times ----

wire::TimePoint Session::device_expiry() const {
    return answered_from_ + from_seconds(assignment_.profile->device_exchange_lifetime);
}

wire::TimePoint Session::latest_finish() const {
    return device_expiry() - settings_->transmission.max_latency;
}

wire::TimePoint Session::latest_start() const {
    return latest_finish() - settings_->transmission.max_transmit_span();
}

wire::TimePoint Session::next_deadline() const {
    const wire::TimePoint deadline = started_ + settings_->deadline;
    return finish_has_left() ? std::min(deadline, device_expiry()) : deadline;
}

// ---- the plan ----

std::optional<Session::Action> Session::make_plan(const model::Discovered* told) {
    const std::vector<model::Path>* account = asked_.account ? &*asked_.account : nullptr;
    auto made = provisioning::make_plan(*assignment_.profile, *assignment_.device, {told, account},
                                        *random_);
    if (const auto* impossible = std::get_if<provisioning::PlanImpossible>(&made)) {
        return end(Outcome::plan_impossible, impossible->reason);
    }
    // Every payload now: nothing may fail on our side once the first Delete has left.
    const auto format = provisioning::session_format(*assignment_.profile, asked_.preferred_format);
    for (const auto& operation : std::get<provisioning::Plan>(made).operations) {
        auto ready = make_ready(operation, format);
        if (!ready) {
            plan_.clear();
            return end(Outcome::plan_impossible, ready.error());
        }
        plan_.push_back(std::move(*ready));
    }
    if (plan_.empty() || plan_.back().kind != OperationKind::finish) plan_.emplace_back();
    return std::nullopt;
}

// ---- actions ----

Session::Action Session::send(const ReadyOperation& operation, wire::TimePoint now) {
    const bool is_finish = operation.kind == OperationKind::finish;
    under_way_ = operation.kind;

    OperationRecord& record = report_.operations.emplace_back();
    record.method = method_name(operation.kind);
    record.path = is_finish ? "/bs" : operation.path.to_string();
    record.content_format = operation.content_format;
    record.payload_size = operation.payload.size();
    record.sent = now - started_;

    Send action;
    action.request = to_request(operation);
    action.bounds.give_up_at = started_ + settings_->deadline;
    if (is_finish) {
        if (++finishes_ == 1) {
            first_finish_ = now;
        } else {
            record.note = "repeated Finish";
        }
        action.bounds.no_transmission_after = latest_finish();
        action.bounds.give_up_at = next_deadline();
    }
    return action;
}

Session::Action Session::next(wire::TimePoint now) {
    phase_ = Phase::carrying_out;
    const ReadyOperation& operation = plan_[position_];
    if (now >= started_ + settings_->deadline || now > latest_start()) {
        return end(Outcome::deadline_exceeded,
                   "the answer to " + name_under_way() + " came too late to send " +
                       std::string(method_name(operation.kind)) + " safely");
    }
    ++position_;
    return send(operation, now);
}

Session::Action Session::end(Outcome outcome, std::string cause) {
    phase_ = Phase::ended;
    report_.outcome = outcome;
    report_.cause = std::move(cause);
    plan_.clear();
    return End{};
}

std::string Session::name_under_way() const {
    if (report_.operations.empty()) return "nothing";
    return report_.operations.back().method + " " + report_.operations.back().path;
}

// ---- events ----

Session::Action Session::start(wire::TimePoint now) {
    if (phase_ == Phase::ended) return End{};
    started_ = answered_from_ = report_.started = now;
    const ReadyOperation discover{OperationKind::discover, model::Path(), {}, {}, {}};
    if (assignment_.profile->discover) {
        phase_ = Phase::discovering;
        return send(discover, now);
    }
    if (auto impossible = make_plan(nullptr)) return *impossible;
    // A spoofed Bootstrap-Request must not send keys to somebody else: over an unsecured
    // transport the first operation has no payload, and its answer proves the address.
    if (!secured_ && !plan_.front().payload.empty()) {
        phase_ = Phase::proving;
        return send(discover, now);
    }
    return next(now);
}

Session::Action Session::answered(const coap::Response& response, const coap::ExchangeTimes& times,
                                  wire::TimePoint now) {
    if (phase_ == Phase::ended) return End{};
    OperationRecord& record = report_.operations.back();
    record.code = response.code;
    record.sent = times.first_sent - started_;
    record.answered = now - started_;
    record.retransmissions = times.retransmissions;
    report_.device_answered = true;

    const OperationKind kind = under_way_;
    if (kind == OperationKind::finish) {
        return finish_answered(response.code, finishes_ > 1 || times.last_message_repeated);
    }
    answered_from_ = kind == OperationKind::write ? times.last_block_sent : times.first_sent;
    if (phase_ == Phase::proving) return next(now);
    if (kind == OperationKind::discover) return discovered(response, now);
    if (!is_well(kind, response.code)) {
        return end(Outcome::operation_refused,
                   name_under_way() + " was answered " + coap::to_string(response.code));
    }
    return next(now);
}

Session::Action Session::discovered(const coap::Response& response, wire::TimePoint now) {
    if (!is_well(OperationKind::discover, response.code)) {
        return without_discover("refused, going on without it", now);
    }
    const auto told = lwm2m::decode_discover(wire::as_text(response.payload));
    if (!told) return without_discover("not understood, going on without it", now);
    if (auto impossible = make_plan(&*told)) return *impossible;
    return next(now);
}

Session::Action Session::without_discover(std::string_view why, wire::TimePoint now) {
    add_note(report_.operations.back(), why);
    if (auto impossible = make_plan(nullptr)) return *impossible;
    return next(now);
}

Session::Action Session::finish_answered(coap::Code code, bool repeated) {
    if (is_well(OperationKind::finish, code)) return end(Outcome::finished, "");
    if (code == coap::Code::not_acceptable) {
        return end(Outcome::finish_refused,
                   "FINISH was answered 4.06: the device calls inconsistent what passed the "
                   "profile's own checks");
    }
    // It may have closed after an earlier one.
    if (repeated) {
        return end(Outcome::finish_unconfirmed,
                   "a repeated FINISH was answered " + coap::to_string(code));
    }
    return end(Outcome::operation_refused, "FINISH was answered " + coap::to_string(code));
}

Session::Action Session::failed(coap::Failure failure, const coap::ExchangeTimes& times,
                                wire::TimePoint now) {
    if (phase_ == Phase::ended) return End{};
    OperationRecord& record = report_.operations.back();
    record.sent = times.first_sent - started_;
    record.retransmissions = times.retransmissions;
    add_note(record, describe(failure));
    if (times.answered_once || failure == coap::Failure::reset) report_.device_answered = true;

    const bool is_finish = under_way_ == OperationKind::finish;
    const std::string cause = name_under_way() + ": " + std::string(describe(failure));
    switch (failure) {
        case coap::Failure::no_answer:
        case coap::Failure::no_response:
        case coap::Failure::transmission_bound:
            if (is_finish) return finish_unanswered(now);
            if (now >= next_deadline()) return end(Outcome::deadline_exceeded, cause);
            return end(Outcome::device_silent, cause);
        case coap::Failure::reset:
            if (is_finish && (finishes_ > 1 || times.last_message_repeated)) {
                return end(Outcome::finish_unconfirmed, "a repeated " + cause);
            }
            return end(Outcome::operation_refused, cause);
        case coap::Failure::response_too_large:
            // It came with the token, so it proves the address as any answer does.
            report_.device_answered = true;
            if (is_finish) return end(Outcome::finish_unconfirmed, cause);
            answered_from_ = times.first_sent;
            if (phase_ == Phase::proving) return next(now);
            if (phase_ == Phase::discovering) return without_discover("going on without it", now);
            return end(Outcome::operation_refused, cause);
        case coap::Failure::bad_response:
            report_.device_answered = true;
            return end(is_finish ? Outcome::finish_unconfirmed : Outcome::operation_refused, cause);
    }
    return end(Outcome::operation_refused, cause);
}

Session::Action Session::finish_unanswered(wire::TimePoint now) {
    if (now <= latest_finish() && now < next_deadline()) return send(ReadyOperation{}, now);
    return end(Outcome::finish_unconfirmed, "FINISH was not answered in time");
}

Session::Action Session::refused_by_network(wire::TimePoint now) {
    if (phase_ == Phase::ended) return End{};
    if (!finish_has_left()) return Wait{};
    // By then the first retransmission has left.
    const auto& transmission = settings_->transmission;
    const auto first_timeout = std::chrono::duration_cast<wire::Duration>(
        transmission.ack_timeout * transmission.ack_random_factor);
    const bool repeated = finishes_ > 1 || now >= first_finish_ + first_timeout;
    if (!repeated) return Wait{};
    add_note(report_.operations.back(), "refused by the network");
    return end(Outcome::finish_unconfirmed, "a repeated FINISH was refused by the network");
}

Session::Action Session::transport_lost(std::string reason, wire::TimePoint) {
    if (phase_ == Phase::ended) return End{};
    if (!report_.operations.empty()) {
        add_note(report_.operations.back(), "transport lost");
        reason += ", at " + name_under_way();
    }
    const Outcome outcome =
        finish_has_left() ? Outcome::finish_unconfirmed : Outcome::device_silent;
    return end(outcome, "transport lost: " + reason);
}

Session::Action Session::stop(Stop why, std::string reason, wire::TimePoint) {
    if (phase_ == Phase::ended) return End{};
    if (finish_has_left()) {
        add_note(report_.operations.back(), "Finish was under way");
        reason += "; a Finish was under way";
    }
    return end(outcome_of(why), std::move(reason));
}

Session::Action Session::on_timer(wire::TimePoint now) {
    if (phase_ == Phase::ended) return End{};
    if (phase_ == Phase::new_ || now < next_deadline()) return Wait{};
    add_note(report_.operations.back(), "unanswered at the deadline");
    if (finish_has_left()) {
        return end(Outcome::finish_unconfirmed, "FINISH was not answered in time");
    }
    return end(Outcome::deadline_exceeded,
               name_under_way() + " was not answered before the session's deadline");
}

}  // namespace bootstrap
