#include "server/daemon_traces.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "server/daemon_version.h"
#include "server/journal/messages.h"

namespace bootstrapd {
namespace {

namespace asio = boost::asio;
namespace message = journal::message;
using Wall = std::chrono::system_clock;

constexpr std::size_t inbox_room = 1024 * 1024;
// What a message takes beside its octets, roughly.
constexpr std::size_t overhead = 256;

}  // namespace

// ---- TraceInbox ----

void TraceInbox::put(net::Tapped message) {
    bool was_empty = false;
    {
        const std::lock_guard lock(mutex_);
        was_empty = waiting_.messages.empty() && waiting_.lost.empty();
        const std::size_t size = message.datagram.message.size() + overhead;
        if (octets_ + size > room_) {
            for (const std::string& endpoint : message.endpoints) ++waiting_.lost[endpoint];
        } else {
            octets_ += size;
            waiting_.messages.push_back(std::move(message));
        }
    }
    if (was_empty) wake_();
}

TraceInbox::Content TraceInbox::take() {
    const std::lock_guard lock(mutex_);
    octets_ = 0;
    return std::exchange(waiting_, {});
}

// ---- Traces ----

Traces::Traces(Parts parts, std::size_t most)
    : parts_(std::move(parts)),
      most_(most),
      inbox_(inbox_room, [this] { asio::post(parts_.context, [this] { take(); }); }) {}

Traces::~Traces() = default;

std::shared_ptr<trace::Recording> Traces::begin(const trace::Order& order,
                                                const std::string& caller) {
    if (running_.size() >= most_) return nullptr;
    std::shared_ptr<trace::Recording> recording(
        new trace::Recording(order, "lwm2m-bootstrapd " + std::string(version), Wall::now()),
        [this, alive = std::weak_ptr(alive_)](trace::Recording* ended) {
            if (!alive.expired()) gone(ended);
            delete ended;
        });
    running_.push_back({recording.get(), asio::steady_timer(parts_.context)});
    if (order.lasts) {
        auto& timer = running_.back().timer;
        timer.expires_after(*order.lasts);
        timer.async_wait([this, weak = std::weak_ptr(recording)](boost::system::error_code) {
            const auto lasting = weak.lock();
            if (!lasting) return;
            take();
            lasting->end(Wall::now());
        });
    }
    tell_shards();
    parts_.journal.write(message::trace_begun,
                         {{"endpoint", order.endpoint},
                          {"caller", caller},
                          {"secrets", order.shows_secrets ? "show" : "hide"}});
    if (order.shows_secrets)
        parts_.journal.write(message::trace_shows_secrets,
                             {{"endpoint", order.endpoint}, {"caller", caller}});
    return recording;
}

void Traces::gone(trace::Recording* recording) {
    const auto found = std::ranges::find(running_, recording, &Running::recording);
    if (found == running_.end()) return;
    running_.erase(found);
    tell_shards();
    if (running_.empty()) {
        knowledge_.reset();
        known_profiles_.reset();
    }
    parts_.journal.write(message::trace_ended,
                         {{"endpoint", recording->order().endpoint},
                          {"messages", std::to_string(recording->counters().messages)},
                          {"dropped", std::to_string(recording->counters().dropped)}});
}

void Traces::session_ended(const std::string& endpoint) {
    if (running_.empty()) return;
    take();
    // Whoever reads it may let it go when it ends.
    std::vector<trace::Recording*> told;
    for (const Running& one : running_)
        if (one.recording->order().endpoint == endpoint) told.push_back(one.recording);
    for (trace::Recording* const recording : told)
        if (std::ranges::find(running_, recording, &Running::recording) != running_.end())
            recording->session_ended(Wall::now());
}

void Traces::take() {
    auto content = inbox_.take();
    for (net::Tapped& message : content.messages)
        for (const std::string& endpoint : message.endpoints)
            for (auto next = running_.begin(); next != running_.end();) {
                trace::Recording& recording = *next++->recording;
                if (recording.order().endpoint == endpoint)
                    recording.add(message.datagram, knowledge());
            }
    // They may hold keys.
    for (net::Tapped& message : content.messages)
        model::wipe(message.datagram.message.data(), message.datagram.message.size());
    for (const auto& [endpoint, count] : content.lost)
        for (const Running& one : running_)
            if (one.recording->order().endpoint == endpoint) one.recording->lost(count);
}

void Traces::tell_shards() const {
    net::TracedEndpoints endpoints;
    for (const Running& one : running_) endpoints.insert(one.recording->order().endpoint);
    parts_.tell_shards(endpoints);
}

const trace::Knowledge& Traces::knowledge() {
    auto profiles = parts_.profiles();
    if (!knowledge_ || profiles != known_profiles_) {
        knowledge_ = std::make_unique<const trace::Knowledge>(*profiles, knowledge_.get());
        known_profiles_ = std::move(profiles);
    }
    return *knowledge_;
}

}  // namespace bootstrapd
