#include "server/daemon_recorder.h"

#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

#include "server/http/session_json.h"
#include "server/journal/messages.h"

namespace bootstrapd {
namespace {

namespace asio = boost::asio;
using Json = nlohmann::ordered_json;

constexpr auto pause = std::chrono::seconds(1);
constexpr std::string_view session_ended = "session.ended";

store::WallTime wall(std::chrono::system_clock::time_point when) {
    return std::chrono::floor<std::chrono::milliseconds>(when);
}

std::string text_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

store::SessionRow row_of(const bootstrap::SessionRecord& record, const Json& body) {
    store::SessionRow row;
    row.id = record.id;
    row.endpoint = record.endpoint;
    row.profile = record.profile;
    row.mode = to_string(record.mode);
    row.outcome = to_string(record.report.outcome.value_or(bootstrap::Outcome::interrupted));
    row.triggered = record.triggered;
    row.started = wall(record.started);
    row.ended = wall(record.ended.value_or(record.started));
    row.body = text_of(body);
    const bootstrap::AccountReport& account = record.report.account;
    if (account.expires_after) row.account.expires = row.ended + *account.expires_after;
    row.account.purged = account.purged;
    // What was not answered well may be half made: it is written again.
    if (account.credential_taken && account.replaces) {
        row.account.written_at = account.credential_at;
        row.account.replaces = account.replaces;
    }
    return row;
}

}  // namespace

Recorder::Recorder(asio::io_context& context, store::Store& store, journal::Journal& journal,
                   metrics::Tally& tally,
                   std::function<std::vector<std::string>(std::string_view)> wanting,
                   std::function<void(const bootstrap::SessionId&, bool told)> kept)
    : context_(context),
      store_(store),
      journal_(journal),
      tally_(tally),
      wanting_(std::move(wanting)),
      kept_(std::move(kept)),
      timer_(context) {}

Recorder::~Recorder() = default;

void Recorder::record(const bootstrap::SessionRecord& record, wire::TimePoint now) {
    const bool refused = record.report.outcome == bootstrap::Outcome::not_admitted;
    if (refused && !refusals_.take(now)) return;
    const Json body = http::to_json(record);
    Item item{row_of(record, body), {}};
    // A request that was refused is no session of anybody: it would be told to others as often as
    // a stranger likes.
    const auto hooks = refused ? std::vector<std::string>() : wanting_(session_ended);
    if (!hooks.empty()) {
        Json message;
        message["id"] = std::string(session_ended) + ":" + record.id;
        message["type"] = session_ended;
        message["time"] = body["endedAt"];
        message["data"] = body;
        const std::string text = text_of(message);
        for (const std::string& hook : hooks)
            item.messages.push_back({hook, record.endpoint, std::string(session_ended), text});
    }
    // What could not be kept comes first.
    if (waiting_.empty())
        hand_in(std::move(item));
    else if (waiting_.size() < most_waiting)
        waiting_.push_back(std::move(item));
    else
        ++lost_;
}

void Recorder::hand_in(Item item) {
    ++under_way_;
    store_.end_session(item.row, item.messages,
                       [this, item, handed_in = wire::Clock::now(),
                        alive = std::weak_ptr(alive_)](store::Result<void> result) {
                           asio::post(context_, [this, item, handed_in, result, alive]() mutable {
                               if (!alive.expired()) on_result(std::move(item), handed_in, result);
                           });
                       });
}

void Recorder::on_result(Item item, wire::TimePoint handed_in, const store::Result<void>& result) {
    --under_way_;
    if (result) {
        tally_.stored(wire::Clock::now() - handed_in);
        trouble_.reset();
        kept_(item.row.id, !item.messages.empty());
        check_idle();
        return;
    }
    trouble_ = result.error().text;
    journal_.write(journal::message::store_failed,
                   {{"what", "session"}, {"cause", result.error().text}});
    if (waiting_.size() < most_waiting)
        waiting_.push_back(std::move(item));
    else
        ++lost_;
    if (std::exchange(timer_set_, true)) return;
    timer_.expires_after(pause);
    timer_.async_wait([this](boost::system::error_code cancelled) {
        if (!cancelled) retry();
    });
}

void Recorder::retry() {
    timer_set_ = false;
    for (Item& item : std::exchange(waiting_, {})) hand_in(std::move(item));
}

void Recorder::when_idle(std::function<void()> then) {
    idle_ = std::move(then);
    check_idle();
}

void Recorder::check_idle() {
    if (waiting() == 0 && idle_) std::exchange(idle_, nullptr)();
}

}  // namespace bootstrapd
