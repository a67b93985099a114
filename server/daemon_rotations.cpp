#include "server/daemon_rotations.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "server/journal/messages.h"

namespace bootstrapd {
namespace {

namespace asio = boost::asio;
using State = http::Rotation::State;

// A page is what one step of the clock may come to; the store is not asked for single devices at
// high rates.
constexpr auto step = std::chrono::seconds(1);
constexpr std::size_t most_a_page = 1000;

}  // namespace

Rotations::Rotations(asio::io_context& context, store::Store& store, attach::Sink& attachments,
                     CredentialNews& news, wire::Random& random, journal::Journal& journal)
    : context_(context),
      store_(store),
      attachments_(attachments),
      news_(news),
      random_(random),
      journal_(journal),
      timer_(context) {}

Rotations::Job* Rotations::find(const std::string& id) {
    const auto found = std::find_if(jobs_.begin(), jobs_.end(),
                                    [&](const Job& job) { return job.shown.id == id; });
    return found == jobs_.end() ? nullptr : &*found;
}

std::optional<http::Rotation> Rotations::begin(http::RotationOrder order, store::AuditEntry audit) {
    const auto is_running = [](const Job& job) { return job.shown.state == State::running; };
    if (static_cast<std::size_t>(std::count_if(jobs_.begin(), jobs_.end(), is_running)) >=
        most_under_way)
        return std::nullopt;
    while (jobs_.size() >= most_under_way + most_ended)
        jobs_.erase(std::find_if_not(jobs_.begin(), jobs_.end(), is_running));
    std::array<std::uint8_t, 16> octets{};
    random_.fill(octets);
    Job job;
    job.shown.id = wire::to_hex(octets);
    job.shown.order = std::move(order);
    job.shown.began = std::chrono::system_clock::now();
    job.audit = std::move(audit);
    job.audit.subject = job.shown.id;
    jobs_.push_back(std::move(job));
    const http::Rotation shown = jobs_.back().shown;
    if (!armed_)
        asio::post(context_, [this, alive = std::weak_ptr(alive_)] {
            if (!alive.expired()) tick();
        });
    return shown;
}

std::vector<http::Rotation> Rotations::all() const {
    std::vector<http::Rotation> shown;
    for (auto job = jobs_.rbegin(); job != jobs_.rend(); ++job) shown.push_back(job->shown);
    return shown;
}

std::size_t Rotations::under_way() const {
    return static_cast<std::size_t>(std::count_if(jobs_.begin(), jobs_.end(), [](const Job& job) {
        return job.shown.state == State::running;
    }));
}

bool Rotations::cancel(const std::string& id) {
    Job* const job = find(id);
    if (job == nullptr || job->shown.state != State::running) return false;
    end(*job, State::cancelled);
    return true;
}

// One page of one rotation a step: they take turns.
void Rotations::tick() {
    for (std::size_t tried = 0; tried < jobs_.size(); ++tried) {
        next_ = (next_ + 1) % jobs_.size();
        Job& job = jobs_[next_];
        if (job.shown.state != State::running || job.asking) continue;
        job.asking = true;
        const std::size_t limit = std::min<std::size_t>(rate_, most_a_page);
        store::RotationOrder order;
        order.profile = job.shown.order.profile;
        order.prefix = job.shown.order.prefix;
        order.after = job.after;
        order.limit = limit;
        store_.order_rotation(
            std::move(order), job.audit,
            [this, &context = context_, alive = std::weak_ptr(alive_), id = job.shown.id,
             limit](store::Result<store::RotationOrdered> page) {
                asio::post(context, [this, alive, id, limit, page = std::move(page)] {
                    if (!alive.expired()) on_page(id, limit, page);
                });
            });
        break;
    }
    arm();
}

void Rotations::arm() {
    armed_ = std::any_of(jobs_.begin(), jobs_.end(),
                         [](const Job& job) { return job.shown.state == State::running; });
    if (!armed_) return;
    timer_.expires_after(step);
    timer_.async_wait([this](boost::system::error_code cancelled) {
        if (!cancelled) tick();
    });
}

void Rotations::on_page(const std::string& id, std::size_t limit,
                        const store::Result<store::RotationOrdered>& page) {
    Job* const job = find(id);
    if (job == nullptr) return;
    job->asking = false;
    if (job->shown.state != State::running) return;
    if (!page) {
        // Full for now: its turn comes again.
        if (page.error().code == store::Errc::busy) return;
        job->shown.cause = page.error().text;
        return end(*job, State::failed);
    }
    job->shown.devices += page->size();
    counters_.ordered += page->size();
    const bool with_triggers = job->shown.order.trigger;
    if (!page->empty()) job->after = page->back();
    if (page->size() < limit) end(*job, State::finished);
    for (const std::string& endpoint : *page) {
        news_.rotation_ordered(endpoint);
        if (with_triggers) trigger(endpoint);
    }
}

// What cannot be reached now gets its key when it asks by itself.
void Rotations::trigger(const std::string& endpoint) {
    attach::Event event;
    event.endpoint = endpoint;
    event.source = "rotation";
    attachments_.take(std::move(event), [](const attach::Answer&) {});
}

void Rotations::end(Job& job, State state) {
    switch (state) {
        case State::running:
            break;
        case State::finished:
            ++counters_.finished;
            break;
        case State::cancelled:
            ++counters_.cancelled;
            break;
        case State::failed:
            ++counters_.failed;
            break;
    }
    job.shown.state = state;
    job.shown.ended = std::chrono::system_clock::now();
    journal_.write(journal::message::rotation_ended,
                   {{"rotation", job.shown.id},
                    {"devices", std::to_string(job.shown.devices)},
                    {"state", state == State::finished    ? "finished"
                              : state == State::cancelled ? "cancelled"
                                                          : "failed"},
                    {"cause", job.shown.cause}});
}

}  // namespace bootstrapd
