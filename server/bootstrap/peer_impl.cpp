#include "server/bootstrap/peer_impl.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace bootstrap {
namespace {

// Of a message around its payload: header and token 4 + 8, a path of three ids 18, Content-Format,
// Accept and two Block options with their heads 18, Size1 5, the payload marker 1.
constexpr std::size_t message_overhead = 54;
constexpr std::size_t smallest_block = 16;

coap::Limits within(coap::Limits limits, std::size_t max_message) {
    while (limits.block_size > smallest_block &&
           limits.block_size + message_overhead > max_message) {
        limits.block_size /= 2;
    }
    return limits;
}

void keep_earlier(std::optional<wire::TimePoint>& earliest, wire::TimePoint other) {
    if (!earliest || other < *earliest) earliest = other;
}

}  // namespace

Peer::Impl::Impl(const PeerSettings& settings, wire::Random& random, Transport transport)
    : settings_(settings),
      random_(random),
      transport_(std::move(transport)),
      limits_(within(settings.coap, transport_.max_message)),
      endpoint_(settings.session.transmission, limits_, random,
                transport_.secured ? coap::Endpoint::Security::secured
                                   : coap::Endpoint::Security::unsecured) {}

// ---- from the peer ----

void Peer::Impl::receive(wire::BytesView datagram, wire::TimePoint now, Output& out) {
    endpoint_.receive(datagram, now, coap_);
    take(out, now);
}

void Peer::Impl::on_timer(wire::TimePoint now, Output& out) {
    endpoint_.on_timer(now, coap_);
    take(out, now);
    if (running_ && !running_->awaited && now >= running_->session.next_deadline()) {
        // Between two operations nothing is to be told of the last one.
        if (running_->exchange)
            step_operation(now, out, [&](Session& session) { return session.on_timer(now); });
        else
            perform(running_->session.on_timer(now), now, out);
    }
    if (pack_) {
        pack_->session.on_timer(now);
        end_pack_if_over(out);
    }
    if (!pending_.empty() && now >= pending_.since() + settings_.separate_after) {
        while (const auto id = pending_.take_unacknowledged()) endpoint_.acknowledge(*id, coap_);
    }
    if (!pending_.empty() && now >= pending_.since() + settings_.admission_wait) {
        give_up_admission(now, out);
    }
    take(out, now);
}

std::optional<wire::TimePoint> Peer::Impl::next_deadline() const {
    std::optional<wire::TimePoint> earliest = endpoint_.next_deadline();
    if (running_ && !running_->awaited) keep_earlier(earliest, running_->session.next_deadline());
    if (pack_) keep_earlier(earliest, pack_->session.next_deadline());
    if (!pending_.empty()) {
        keep_earlier(earliest,
                     pending_.since() + (pending_.has_unacknowledged() ? settings_.separate_after
                                                                       : settings_.admission_wait));
    }
    return earliest;
}

// Hands on the datagrams and handles the events that an input led to, and those that follow.
void Peer::Impl::take(Output& out, wire::TimePoint now) {
    for (std::size_t i = 0; i < coap_.events.size(); ++i) {
        coap::Event event = std::move(coap_.events[i]);
        std::visit([&](auto&& what) { on(std::forward<decltype(what)>(what), now, out); },
                   std::move(event));
    }
    coap_.events.clear();
    std::move(coap_.datagrams.begin(), coap_.datagrams.end(), std::back_inserter(out.datagrams));
    coap_.datagrams.clear();
    if (is_idle()) coap_ = {};  // gives the memory back
}

void Peer::Impl::on(coap::RequestReceived&& received, wire::TimePoint now, Output& out) {
    auto parsed = parse_request(received.request);
    if (parsed && !received.confirmable) parsed = RequestErrc::unexpected_confirmation;
    if (!parsed) {
        const coap::Code code = reaction(parsed.error());
        respond(received.id, {code, {}, {}}, now);
        out.events.emplace_back(RequestRefused{code, std::string(describe(parsed.error()))});
        return;
    }
    if (pending_.add(received.id, std::move(*parsed), now))
        out.events.emplace_back(AdmissionWanted{pending_.newest_request()});
}

void Peer::Impl::on(const coap::ResponseReceived& received, wire::TimePoint now, Output& out) {
    if (!running_ || running_->exchange != received.id) return;
    running_->exchange.reset();
    step_operation(now, out, [&](Session& session) {
        return session.answered(received.response, received.times, now);
    });
}

void Peer::Impl::on(const coap::RequestFailed& failed, wire::TimePoint now, Output& out) {
    if (!running_ || running_->exchange != failed.id) return;
    running_->exchange.reset();
    step_operation(now, out, [&](Session& session) {
        return session.failed(failed.failure, failed.times, now);
    });
}

void Peer::Impl::on(const coap::ResponseSettled& settled, wire::TimePoint now, Output& out) {
    if (unsettled_ > 0) --unsettled_;
    if (pack_ && pack_->answer == settled.id) {
        pack_->session.settled(settled.delivered, now);
        end_pack_if_over(out);
        return;
    }
    if (!running_ || running_->awaited != settled.id) return;
    running_->awaited.reset();
    if (settled.delivered) {
        begin(now, out);
    } else {
        perform(running_->session.transport_lost("the separate 2.04 was not acknowledged", now),
                now, out);
    }
}

// ---- admission ----

bool Peer::Impl::respond(coap::IncomingId id, coap::Response response, wire::TimePoint now) {
    const bool settles_later = endpoint_.respond(id, std::move(response), now, coap_);
    if (settles_later) ++unsettled_;
    return settles_later;
}

// True when the answer to the newest is to be settled.
bool Peer::Impl::answer_pending(coap::Response response, wire::TimePoint now) {
    PendingRequests::Taken taken = pending_.take();
    const coap::Code code = response.code;
    const PendingRequests::Entry newest = taken.entries.back();
    taken.entries.pop_back();
    for (const PendingRequests::Entry& older : taken.entries)
        respond(older.id, {code_for_older(older, newest.is_pack, code), {}, {}}, now);
    granted_ = std::move(taken.request);
    last_answer_ = coap::is_success(code) ? LastAnswer::granted : LastAnswer::refused;
    return respond(newest.id, std::move(response), now);
}

void Peer::Impl::admit(provisioning::Assignment assignment, SessionId id, wire::TimePoint now,
                       Output& out) {
    stop_running("a newer request", now, out);
    const bool may_begin = last_answer_ == LastAnswer::granted && !granted_.is_pack;
    if (pending_.empty() && !may_begin) {
        SessionReport report;
        report.outcome = Outcome::not_admitted;
        report.cause = "admitted too late: the request was answered already";
        out.events.emplace_back(SessionEnded{std::move(id), std::move(report)});
        return;
    }
    if (!pending_.empty() && pending_.newest().is_pack) {
        give_pack(assignment, std::move(id), now, out);
        take(out, now);
        return;
    }
    const std::optional<coap::IncomingId> newest =
        pending_.empty() ? std::nullopt : std::optional(pending_.newest().id);
    const bool is_separate = newest && answer_pending({coap::Code::changed, {}, {}}, now);
    run(std::move(assignment), std::move(id), Mode::client_initiated);
    if (is_separate) {
        running_->awaited = newest;
    } else {
        begin(now, out);
    }
    take(out, now);
}

void Peer::Impl::refuse(coap::Code code, std::string reason, wire::TimePoint now, Output& out) {
    if (pending_.empty()) return;
    const bool falls_back = pending_.newest().is_pack && code == coap::Code::not_implemented;
    answer_pending({code, {}, {}}, now);
    out.events.emplace_back(RequestRefused{code, std::move(reason), falls_back});
    take(out, now);
}

// Any 5.xx silences some clients until somebody reconnects them by hand: the last resort.
void Peer::Impl::give_up_admission(wire::TimePoint now, Output& out) {
    answer_pending({coap::Code::service_unavailable, {}, {}}, now);
    out.events.emplace_back(
        RequestRefused{coap::Code::service_unavailable, "the admission took too long"});
}

// ---- a pack ----

void Peer::Impl::give_pack(const provisioning::Assignment& assignment, SessionId id,
                           wire::TimePoint now, Output& out) {
    const BootstrapRequest& request = pending_.newest_request();
    const coap::IncomingId newest = pending_.newest().id;
    PackSession session(settings_.session);
    coap::Response response =
        session.start(make_pack(assignment, {request.preferred_format, request.account},
                                limits_.answers, random_),
                      now);
    if (session.has_ended()) {
        refuse(response.code, session.report().cause, now, out);
        out.events.emplace_back(SessionEnded{std::move(id), session.report()});
        return;
    }
    out.events.emplace_back(
        Progress{id, session.report().operations.front(), session.report().started, false});
    const bool settles_later = answer_pending(std::move(response), now);
    if (!settles_later) session.left(now);
    pack_ = std::make_unique<RunningPack>(RunningPack{std::move(id), std::move(session), newest});
    end_pack_if_over(out);
}

// What the device has not fetched yet it cannot fetch any more.
void Peer::Impl::end_pack_if_over(Output& out) {
    if (!pack_->session.has_ended()) return;
    if (endpoint_.withdraw(pack_->answer)) --unsettled_;
    out.events.emplace_back(SessionEnded{std::move(pack_->id), pack_->session.report()});
    pack_.reset();
}

// ---- the session ----

void Peer::Impl::start(provisioning::Assignment assignment, SessionId id, wire::TimePoint now,
                       Output& out) {
    stop_running("a newer session", now, out);
    run(std::move(assignment), std::move(id), Mode::server_initiated);
    begin(now, out);
    take(out, now);
}

void Peer::Impl::run(provisioning::Assignment assignment, SessionId id, Mode mode) {
    Asked asked;
    if (mode == Mode::client_initiated) asked = {granted_.preferred_format, granted_.account};
    Session session(std::move(assignment), mode, transport_.secured, std::move(asked),
                    settings_.session, random_);
    running_ = std::make_unique<Running>(Running{std::move(id), std::move(session), {}, {}});
}

void Peer::Impl::begin(wire::TimePoint now, Output& out) {
    perform(running_->session.start(now), now, out);
}

void Peer::Impl::perform(Session::Action action, wire::TimePoint now, Output& out) {
    if (auto* send = std::get_if<Session::Send>(&action)) {
        running_->exchange = endpoint_.request(std::move(send->request), send->bounds, now, coap_);
    } else if (const auto* prepare = std::get_if<Session::Prepare>(&action)) {
        out.events.emplace_back(
            PreparationWanted{running_->id, running_->session.assignment(), prepare->account});
    } else if (std::holds_alternative<Session::End>(action)) {
        if (running_->exchange) endpoint_.cancel(*running_->exchange);
        out.events.emplace_back(SessionEnded{std::move(running_->id), running_->session.report()});
        running_.reset();
    }
}

template <class Step>
void Peer::Impl::step_operation(wire::TimePoint now, Output& out, Step step) {
    Session& session = running_->session;
    const bool heard = session.report().device_answered;
    const std::size_t under_way = session.report().operations.size();
    Session::Action action = step(session);
    if (under_way > 0) {
        const SessionReport& report = session.report();
        out.events.emplace_back(Progress{running_->id, report.operations[under_way - 1],
                                         report.started, !heard && report.device_answered});
    }
    perform(std::move(action), now, out);
}

void Peer::Impl::prepared(const SessionId& id, Preparation preparation, wire::TimePoint now,
                          Output& out) {
    if (!running_ || running_->id != id) return;
    perform(running_->session.prepared(std::move(preparation), now), now, out);
    take(out, now);
}

void Peer::Impl::stop(const SessionId& id, Session::Stop why, std::string reason,
                      wire::TimePoint now, Output& out) {
    if (pack_ && pack_->id == id) {
        pack_->session.stop(why, std::move(reason));
        end_pack_if_over(out);
    } else if (running_ && running_->id == id) {
        perform(running_->session.stop(why, std::move(reason), now), now, out);
    }
    take(out, now);
}

void Peer::Impl::stop_running(std::string reason, wire::TimePoint now, Output& out) {
    if (const SessionId* id = session_id())
        stop(SessionId(*id), Session::Stop::superseded, std::move(reason), now, out);
}

void Peer::Impl::transport_lost(std::string reason, wire::TimePoint now, Output& out) {
    pending_.take();
    last_answer_ = LastAnswer::none;
    if (pack_) {
        pack_->session.transport_lost(std::move(reason));
        end_pack_if_over(out);
        return take(out, now);
    }
    if (!running_) return;
    perform(running_->session.transport_lost(std::move(reason), now), now, out);
    take(out, now);
}

void Peer::Impl::refused_by_network(wire::TimePoint now, Output& out) {
    if (!running_) return;
    perform(running_->session.refused_by_network(now), now, out);
    take(out, now);
}

}  // namespace bootstrap
