#include "server/bootstrap/peer.h"

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

class Peer::Impl {
  public:
    Impl(const PeerSettings& settings, wire::Random& random, Transport transport)
        : settings_(settings),
          random_(random),
          transport_(std::move(transport)),
          limits_(within(settings.coap, transport_.max_message)),
          endpoint_(settings.session.transmission, limits_, random,
                    transport_.secured ? coap::Endpoint::Security::secured
                                       : coap::Endpoint::Security::unsecured) {}

    void receive(wire::BytesView datagram, wire::TimePoint now, Output& out);
    void on_timer(wire::TimePoint now, Output& out);
    std::optional<wire::TimePoint> next_deadline() const;
    void admit(provisioning::Assignment, SessionId, wire::TimePoint now, Output& out);
    void refuse(coap::Code, std::string reason, wire::TimePoint now, Output& out);
    void start(provisioning::Assignment, SessionId, wire::TimePoint now, Output& out);
    void stop(const SessionId&, Session::Stop, std::string reason, wire::TimePoint now, Output&);
    void transport_lost(std::string reason, wire::TimePoint now, Output& out);
    void refused_by_network(wire::TimePoint now, Output& out);

    const Transport& transport() const { return transport_; }
    const SessionId* session_id() const { return running_ ? &running_->id : nullptr; }
    bool has_pending_request() const { return !pending_.empty(); }
    bool is_idle() const { return !running_ && pending_.empty() && unsettled_ == 0; }
    const coap::Counters& counters() const { return endpoint_.counters(); }

  private:
    struct Running {
        SessionId id;
        Session session;
        // The separate 2.04 whose acknowledgement the first operation waits for.
        std::optional<coap::IncomingId> awaited;
        std::optional<coap::ExchangeId> exchange;  // the operation under way
    };
    enum class LastAnswer { none, granted, refused };

    void take(Output& out, wire::TimePoint now);
    void on(coap::RequestReceived&&, wire::TimePoint now, Output& out);
    void on(const coap::ResponseReceived&, wire::TimePoint now, Output& out);
    void on(const coap::RequestFailed&, wire::TimePoint now, Output& out);
    void on(const coap::ResponseSettled&, wire::TimePoint now, Output& out);
    bool respond(coap::IncomingId, coap::Code, wire::TimePoint now);
    bool answer_pending(coap::Code, wire::TimePoint now);
    void give_up_admission(wire::TimePoint now, Output& out);
    void run(provisioning::Assignment, SessionId, Mode);
    void begin(wire::TimePoint now, Output& out);
    // Carries out what the session wants and tells of its latest operation.
    void perform(Session::Action, wire::TimePoint now, Output& out);
    template <class Step>
    void step_operation(wire::TimePoint now, Output& out, Step step);

    const PeerSettings& settings_;
    wire::Random& random_;
    Transport transport_;
    coap::Limits limits_;
    coap::Endpoint endpoint_;
    coap::Output coap_;  // of the input being handled

    std::vector<coap::IncomingId> pending_;  // oldest first
    BootstrapRequest pending_request_;       // the newest
    BootstrapRequest granted_;               // the one that was answered last
    wire::TimePoint pending_since_{};        // of the oldest
    std::size_t acknowledged_ = 0;           // so many of the pending got an empty ACK
    LastAnswer last_answer_ = LastAnswer::none;
    std::size_t unsettled_ = 0;         // separate responses under way
    std::unique_ptr<Running> running_;  // apart: most open associations have none
};

// ---- from the peer ----

void Peer::Impl::receive(wire::BytesView datagram, wire::TimePoint now, Output& out) {
    endpoint_.receive(datagram, now, coap_);
    take(out, now);
}

void Peer::Impl::on_timer(wire::TimePoint now, Output& out) {
    endpoint_.on_timer(now, coap_);
    take(out, now);
    if (running_ && !running_->awaited && now >= running_->session.next_deadline()) {
        step_operation(now, out, [&](Session& session) { return session.on_timer(now); });
    }
    if (!pending_.empty() && now >= pending_since_ + settings_.separate_after) {
        for (; acknowledged_ < pending_.size(); ++acknowledged_) {
            endpoint_.acknowledge(pending_[acknowledged_], coap_);
        }
    }
    if (!pending_.empty() && now >= pending_since_ + settings_.admission_wait) {
        give_up_admission(now, out);
    }
    take(out, now);
}

std::optional<wire::TimePoint> Peer::Impl::next_deadline() const {
    std::optional<wire::TimePoint> earliest = endpoint_.next_deadline();
    if (running_ && !running_->awaited) keep_earlier(earliest, running_->session.next_deadline());
    if (!pending_.empty()) {
        keep_earlier(earliest,
                     pending_since_ + (acknowledged_ < pending_.size() ? settings_.separate_after
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
        respond(received.id, code, now);
        out.events.emplace_back(RequestRefused{code, std::string(describe(parsed.error()))});
        return;
    }
    const bool same = !pending_.empty() && *parsed == pending_request_;
    if (pending_.empty()) {
        pending_since_ = now;
        acknowledged_ = 0;
    }
    pending_.push_back(received.id);
    if (same) return;
    pending_request_ = std::move(*parsed);
    out.events.emplace_back(AdmissionWanted{pending_request_});
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

bool Peer::Impl::respond(coap::IncomingId id, coap::Code code, wire::TimePoint now) {
    const bool separate = endpoint_.respond(id, coap::Response{code, {}, {}}, now, coap_);
    if (separate) ++unsettled_;
    return separate;
}

// True when the answer to the newest is a separate one, to be settled.
bool Peer::Impl::answer_pending(coap::Code code, wire::TimePoint now) {
    bool separate = false;
    for (const coap::IncomingId id : pending_) {
        separate = respond(id, code, now);
    }
    pending_.clear();
    granted_ = std::exchange(pending_request_, {});
    last_answer_ = coap::is_success(code) ? LastAnswer::granted : LastAnswer::refused;
    return separate;
}

void Peer::Impl::admit(provisioning::Assignment assignment, SessionId id, wire::TimePoint now,
                       Output& out) {
    if (running_) stop(running_->id, Session::Stop::superseded, "a newer request", now, out);
    if (pending_.empty() && last_answer_ != LastAnswer::granted) {
        SessionReport report;
        report.outcome = Outcome::not_admitted;
        report.cause = "admitted too late: the request was answered already";
        out.events.emplace_back(SessionEnded{std::move(id), std::move(report)});
        return;
    }
    const std::optional<coap::IncomingId> newest =
        pending_.empty() ? std::nullopt : std::optional(pending_.back());
    const bool is_separate = newest && answer_pending(coap::Code::changed, now);
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
    answer_pending(code, now);
    out.events.emplace_back(RequestRefused{code, std::move(reason)});
    take(out, now);
}

// Any 5.xx silences some clients until somebody reconnects them by hand: the last resort.
void Peer::Impl::give_up_admission(wire::TimePoint now, Output& out) {
    answer_pending(coap::Code::service_unavailable, now);
    out.events.emplace_back(
        RequestRefused{coap::Code::service_unavailable, "the admission took too long"});
}

// ---- the session ----

void Peer::Impl::start(provisioning::Assignment assignment, SessionId id, wire::TimePoint now,
                       Output& out) {
    if (running_) stop(running_->id, Session::Stop::superseded, "a newer session", now, out);
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

void Peer::Impl::stop(const SessionId& id, Session::Stop why, std::string reason,
                      wire::TimePoint now, Output& out) {
    if (!running_ || running_->id != id) return;
    perform(running_->session.stop(why, std::move(reason), now), now, out);
    take(out, now);
}

void Peer::Impl::transport_lost(std::string reason, wire::TimePoint now, Output& out) {
    pending_.clear();
    last_answer_ = LastAnswer::none;
    if (!running_) return;
    perform(running_->session.transport_lost(std::move(reason), now), now, out);
    take(out, now);
}

void Peer::Impl::refused_by_network(wire::TimePoint now, Output& out) {
    if (!running_) return;
    perform(running_->session.refused_by_network(now), now, out);
    take(out, now);
}

// ---- the shell ----

Peer::Peer(const PeerSettings& settings, wire::Random& random, Transport transport)
    : impl_(std::make_unique<Impl>(settings, random, std::move(transport))) {}
Peer::~Peer() = default;

void Peer::receive(wire::BytesView datagram, wire::TimePoint now, Output& out) {
    impl_->receive(datagram, now, out);
}
void Peer::on_timer(wire::TimePoint now, Output& out) {
    impl_->on_timer(now, out);
}
std::optional<wire::TimePoint> Peer::next_deadline() const {
    return impl_->next_deadline();
}
void Peer::admit(provisioning::Assignment assignment, SessionId id, wire::TimePoint now,
                 Output& out) {
    impl_->admit(std::move(assignment), std::move(id), now, out);
}
void Peer::refuse(coap::Code code, std::string reason, wire::TimePoint now, Output& out) {
    impl_->refuse(code, std::move(reason), now, out);
}
void Peer::start(provisioning::Assignment assignment, SessionId id, wire::TimePoint now,
                 Output& out) {
    impl_->start(std::move(assignment), std::move(id), now, out);
}
void Peer::stop(const SessionId& id, Session::Stop why, std::string reason, wire::TimePoint now,
                Output& out) {
    impl_->stop(id, why, std::move(reason), now, out);
}
void Peer::transport_lost(std::string reason, wire::TimePoint now, Output& out) {
    impl_->transport_lost(std::move(reason), now, out);
}
void Peer::refused_by_network(wire::TimePoint now, Output& out) {
    impl_->refused_by_network(now, out);
}
const Transport& Peer::transport() const {
    return impl_->transport();
}
bool Peer::has_session() const {
    return impl_->session_id() != nullptr;
}
const SessionId* Peer::session_id() const {
    return impl_->session_id();
}
bool Peer::has_pending_request() const {
    return impl_->has_pending_request();
}
bool Peer::is_idle() const {
    return impl_->is_idle();
}
const coap::Counters& Peer::counters() const {
    return impl_->counters();
}

}  // namespace bootstrap
