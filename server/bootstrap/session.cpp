//                              ┌─────────── answered, time left ────────────┐
//  start ─► Discover … ─► make ─► (plan) ─► Delete? ─► Write, Read … ─► Finish ─► finished,
//              │           │      │           │          │   │            │       handed_over
//              │           │      │           │          │   └─ 4.15: once more in TLV
//              │           │      │           └────┬─────┘                │
//              │           │      │                │            4.06 ─────┼─► repair … ─► Finish
//              │           │      │                │                      │    └─► finish_refused
//              │           │      │                │                      ├─ silence ─► Finish
//              │           │      │                │                      │    again, while
//              │           │      │                │                      │    something may leave
//              │           │      └─► plan_        │                      └─► finish_unconfirmed
//              │           │          impossible   └─► operation_refused (also: a Discover does not
//              │           └─► key_share_refused,      list what it has to) · device_silent ·
//              │               deadline_exceeded       deadline_exceeded
//              └─► device_silent
//
// "make" is left out where the profile wants nothing made for the device. The device's timer runs
// on meanwhile.
// stop(): superseded, cancelled, interrupted from anywhere.

#include "server/bootstrap/session.h"

#include <algorithm>
#include <utility>

#include "server/bootstrap/session_reads.h"
#include "server/bootstrap/session_words.h"
#include "server/lwm2m/link_format.h"

namespace bootstrap {
namespace {

using provisioning::OperationKind;

void add_note(OperationRecord& record, std::string_view note) {
    if (note.empty()) return;
    if (!record.note.empty()) record.note += "; ";
    record.note += note;
}

ReadyOperation discover_of(const model::Path& path) {
    return {OperationKind::discover, path, {}, {}, {}};
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
      random_(&random),
      times_(settings.transmission, settings.deadline,
             assignment_.profile->device_exchange_lifetime) {}

bool Session::awaits_answer() const {
    return phase_ == Phase::discovering || phase_ == Phase::proving ||
           phase_ == Phase::carrying_out;
}

wire::TimePoint Session::next_deadline() const {
    // Later than that there is nothing to wait for: no operation could begin.
    if (phase_ == Phase::preparing) return std::min(times_.deadline(), times_.latest_start());
    return finish_has_left() ? std::min(times_.deadline(), times_.expiry()) : times_.deadline();
}

// ---- actions ----

Session::Action Session::send(const ReadyOperation& operation, wire::TimePoint now) {
    const bool is_finish = operation.kind == OperationKind::finish;
    under_way_ = operation.kind;
    if (phase_ == Phase::carrying_out) account_.leaves(plan_, report_.account);

    OperationRecord& record = report_.operations.emplace_back();
    record.method = method_name(operation.kind);
    record.path = is_finish ? "/bs" : operation.path.to_string();
    record.queries = operation.queries;
    record.content_format = operation.content_format;
    record.payload_size = operation.payload.size();
    record.sent = now - times_.started();

    Send action;
    action.request = to_request(operation);
    action.bounds.no_transmission_after = times_.latest_transmission();
    action.bounds.give_up_at = times_.deadline();
    if (is_finish) {
        if (++finishes_ == 1) {
            first_finish_ = now;
            if (plan_.in_repair()) record.note = "after the repair";
        } else {
            record.note = "repeated Finish";
        }
        action.bounds.give_up_at = next_deadline();
    }
    return action;
}

Session::Action Session::next(wire::TimePoint now) {
    if (!times_.may_start(now)) return too_late(method_name(plan_.current().kind));
    phase_ = Phase::carrying_out;
    const auto ready = plan_.ready();
    // It was possible when the plan was made.
    if (!ready) return end(Outcome::interrupted, "cannot be sent: " + ready.error());
    return send(*ready, now);
}

Session::Action Session::too_late(std::string_view to_send) {
    const std::string what = phase_ == Phase::preparing ? "what is made for the device"
                                                        : "the answer to " + name_under_way();
    return end(Outcome::deadline_exceeded,
               what + " came too late to send " + std::string(to_send) + " safely");
}

Session::Action Session::end(Outcome outcome, std::string cause) {
    phase_ = Phase::ended;
    report_.outcome = outcome;
    report_.cause = std::move(cause);
    const bool well = outcome == Outcome::finished || outcome == Outcome::handed_over;
    if (plan_.in_repair() && !well) {
        report_.cause += "; in the repair after a FINISH that was answered 4.06";
    }
    plan_ = {};
    discovers_ = {};
    issued_.reset();
    return End{};
}

void Session::note(std::string text) {
    if (report_.notes.size() < max_notes) report_.notes.push_back(std::move(text));
}

std::string Session::name_under_way() const {
    if (report_.operations.empty()) return "nothing";
    return report_.operations.back().method + " " + report_.operations.back().path;
}

// ---- before the plan ----

Session::Action Session::start(wire::TimePoint now) {
    if (phase_ == Phase::ended) return End{};
    times_.start(now);
    report_.started = now;
    discovers_ = FirstDiscovers(provisioning::first_discovers(*assignment_.profile));
    return prepare(now);
}

Session::Action Session::prepare(wire::TimePoint now) {
    phase_ = Phase::discovering;
    if (const auto path = discovers_.next()) {
        if (!times_.may_start(now)) return too_late("DISCOVER");
        return send(discover_of(*path), now);
    }
    // What others recorded as old is told along with what is made.
    if (!assignment_.profile->wanted.empty() || !assignment_.device->purge.empty()) {
        if (!times_.may_start(now)) return too_late("anything");
        phase_ = Phase::preparing;
        return Prepare{provisioning::new_account(
            *assignment_.profile, *assignment_.device,
            {discovers_.all(), asked_.account ? &*asked_.account : nullptr}, *random_)};
    }
    return make_plan(now);
}

Session::Action Session::prepared(Preparation preparation, wire::TimePoint now) {
    if (phase_ != Phase::preparing) return phase_ == Phase::ended ? Action(End{}) : Action(Wait{});
    if (auto* refused = std::get_if<PreparationRefused>(&preparation)) {
        return end(refused->outcome, std::move(refused->reason));
    }
    issued_ = std::get<provisioning::IssuedPointer>(std::move(preparation));
    return make_plan(now);
}

Session::Action Session::make_plan(wire::TimePoint now) {
    const auto format = provisioning::session_format(*assignment_.profile, asked_.preferred_format);
    auto made =
        SessionPlan::make(assignment_, format, discovers_,
                          asked_.account ? &*asked_.account : nullptr, issued_.get(), *random_);
    if (!made) return end(Outcome::plan_impossible, made.error());
    plan_ = std::move(*made);
    account_.begin(assignment_, issued_.get(), discovers_.all());
    discovers_ = {};
    issued_.reset();
    report_.content_format = static_cast<std::uint16_t>(format);
    // A spoofed Bootstrap-Request must not send keys to somebody else: over an unsecured
    // transport the first operation has no payload, and its answer proves the address.
    const bool is_proved = secured_ || !report_.operations.empty();
    if (!is_proved && plan_.current().kind == OperationKind::write) {
        phase_ = Phase::proving;
        return send(discover_of(model::Path()), now);
    }
    return next(now);
}

Session::Action Session::discovered(const coap::Response& response, wire::TimePoint now) {
    if (!is_well(OperationKind::discover, response.code)) return without_discover("refused", now);
    auto told = lwm2m::decode_discover(wire::as_text(response.payload));
    if (!told) return without_discover("not understood", now);
    discovers_.told(std::move(*told));
    return prepare(now);
}

Session::Action Session::without_discover(std::string_view why, wire::TimePoint now) {
    const bool asks_less = discovers_.refused();
    add_note(report_.operations.back(),
             std::string(why) + (asks_less ? ", asking for /0 alone" : ", going on without it"));
    return prepare(now);
}

// ---- answers ----

Session::Action Session::answered(const coap::Response& response, const coap::ExchangeTimes& times,
                                  wire::TimePoint now) {
    if (phase_ == Phase::ended) return End{};
    if (!awaits_answer()) return Wait{};
    OperationRecord& record = report_.operations.back();
    record.code = response.code;
    record.sent = times.first_sent - times_.started();
    record.answered = now - times_.started();
    record.retransmissions = times.retransmissions;
    report_.device_answered = true;

    const OperationKind kind = under_way_;
    if (kind == OperationKind::finish) return finish_answered(response.code, times, now);
    const bool well = is_well(kind, response.code);
    if (well) {
        times_.answered(kind == OperationKind::write ? times.last_block_sent : times.first_sent);
    }
    if (phase_ == Phase::proving) return next(now);
    if (phase_ == Phase::discovering) return discovered(response, now);
    if (!well) return refused(response.code, now);
    if (kind == OperationKind::write) a_write_was_taken_ = true;
    if (auto missing = unmet_expectation(plan_.current(), response))
        return end(Outcome::operation_refused, std::move(*missing));
    account_.answered_well(plan_.current(), report_.account);
    tell_read(response);
    plan_.done();
    return next(now);
}

// What a Read told, or a Discover that the plan itself asks for.
void Session::tell_read(const coap::Response& response) {
    OperationRecord& record = report_.operations.back();
    ReadResult result;
    if (under_way_ == OperationKind::read) {
        const provisioning::Profile& profile = *assignment_.profile;
        const auto definitions = model::Definitions::built_in();
        result = read_values(plan_.current().path, response, record.content_format.value_or(0),
                             types_by(definitions, profile.enabler));
    } else if (under_way_ == OperationKind::discover) {
        const auto told = lwm2m::decode_discover(wire::as_text(response.payload));
        result = told ? read_links(*told) : ReadResult{{}, "not understood"};
    }
    record.values = std::move(result.values);
    add_note(record, result.note);
}

// A format that the device does not take is tried once more in the one that every device reads.
Session::Action Session::refused(coap::Code code, wire::TimePoint now) {
    const std::string what = name_under_way() + " was answered " + coap::to_string(code);
    const bool may_be_the_format = code == coap::Code::unsupported_content_format ||
                                   (code == coap::Code::bad_request && !a_write_was_taken_);
    const auto in_tlv = may_be_the_format ? plan_.in_tlv() : SessionPlan::InTlv::no;
    if (in_tlv == SessionPlan::InTlv::cannot_hold) {
        note("not tried in TLV, which cannot hold it: " + name_under_way());
    }
    if (in_tlv != SessionPlan::InTlv::possible) return end(Outcome::operation_refused, what);

    const std::string format(display_name(plan_.format_of_current()));
    note("Writes go on in TLV: " + name_under_way() + " in " + format + " was answered " +
         coap::to_string(code));
    add_note(report_.operations.back(), "once more in TLV");
    for (const model::Path& path : plan_.fall_back()) {
        note("WRITE " + path.to_string() + " stays in " + format + ": TLV cannot hold it");
    }
    report_.content_format = static_cast<std::uint16_t>(plan_.format());
    return next(now);
}

Session::Action Session::failed(coap::Failure failure, const coap::ExchangeTimes& times,
                                wire::TimePoint now) {
    if (phase_ == Phase::ended) return End{};
    if (!awaits_answer()) return Wait{};
    OperationRecord& record = report_.operations.back();
    record.sent = times.first_sent - times_.started();
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
            if (failure == coap::Failure::transmission_bound && times.answered_once) {
                return end(Outcome::deadline_exceeded,
                           name_under_way() + " takes longer than the device is sure to wait");
            }
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
            times_.answered(times.first_sent);
            if (phase_ == Phase::proving) return next(now);
            if (phase_ == Phase::discovering) return without_discover("", now);
            return end(Outcome::operation_refused, cause);
        case coap::Failure::bad_response:
            report_.device_answered = true;
            return end(is_finish ? Outcome::finish_unconfirmed : Outcome::operation_refused, cause);
    }
    return end(Outcome::operation_refused, cause);
}

// ---- Finish ----

Session::Action Session::finish_answered(coap::Code code, const coap::ExchangeTimes& times,
                                         wire::TimePoint now) {
    if (is_well(OperationKind::finish, code)) {
        account_.finished(report_.account);
        return end(account_.hands_over() ? Outcome::handed_over : Outcome::finished, "");
    }
    if (code == coap::Code::not_acceptable) {
        times_.answered(times.first_sent);
        return finish_refused(now);
    }
    // It may have closed after an earlier one.
    if (finishes_ > 1 || times.last_message_repeated) {
        return end(Outcome::finish_unconfirmed,
                   "a repeated FINISH was answered " + coap::to_string(code));
    }
    return end(Outcome::operation_refused, "FINISH was answered " + coap::to_string(code));
}

// The device stays open after a 4.06, so that what is wrong can be put right. One that ended (as
// Leshan's client does) refuses the repair, unless it takes operations unasked: that one should
// have none in its profile, as it takes the repair for the beginning of something new.
Session::Action Session::finish_refused(wire::TimePoint now) {
    std::string cause = why_refused(plan_.findings());
    for (const std::string& finding : plan_.findings()) note(finding);
    if (!times_.may_start(now)) {
        return end(Outcome::finish_refused, cause + "; too late for anything more");
    }
    if (!plan_.begin_repair()) return end(Outcome::finish_refused, std::move(cause));
    note("the repair follows a FINISH that was answered 4.06");
    finishes_ = 0;
    return next(now);
}

Session::Action Session::finish_unanswered(wire::TimePoint now) {
    if (now <= times_.latest_transmission() && now < next_deadline()) {
        return send(ReadyOperation{}, now);
    }
    return end(Outcome::finish_unconfirmed, "FINISH was not answered in time");
}

// ---- from outside ----

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
    if (phase_ == Phase::preparing) {
        return end(Outcome::deadline_exceeded,
                   "what is made for the device was not there in time to write it safely");
    }
    add_note(report_.operations.back(), "unanswered at the deadline");
    if (finish_has_left()) {
        return end(Outcome::finish_unconfirmed, "FINISH was not answered in time");
    }
    return end(Outcome::deadline_exceeded,
               name_under_way() + " was not answered before the session's deadline");
}

}  // namespace bootstrap
