#include "server/daemon_sessions.h"

#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

namespace bootstrapd {
namespace {

namespace asio = boost::asio;
using bootstrap::Directory;
using Json = nlohmann::ordered_json;
using Wall = std::chrono::system_clock;

std::string text_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Sessions::Sessions(const Parts& parts, std::function<void()> settled)
    : parts_(parts), settled_(std::move(settled)), timer_(parts.context) {}

void Sessions::take(std::vector<bootstrap::Notice> notices) {
    Directory::Output out;
    const auto now = wire::Clock::now();
    const auto wall = Wall::now();
    const bool heard = parts_.events.has_listeners();
    for (bootstrap::Notice& notice : notices) {
        if (is_for_keys(notice)) continue;
        tell_keys(notice);
        if (heard)
            if (const auto* answered = std::get_if<bootstrap::OperationAnswered>(&notice))
                tell(*answered);
        parts_.directory.notice(std::move(notice), now, wall, out);
    }
    perform(out);
}

bool Sessions::is_for_keys(bootstrap::Notice& notice) {
    auto* const wanted = std::get_if<bootstrap::PreparationWanted>(&notice);
    if (wanted == nullptr) return false;
    parts_.keys.prepare(std::move(*wanted), [this](bootstrap::Prepared prepared) {
        const std::uint16_t shard = prepared.peer.shard;
        std::vector<bootstrap::Command> commands;
        commands.emplace_back(std::move(prepared));
        parts_.shards.send(shard, std::move(commands));
    });
    return true;
}

// A handshake proves the key that it was done with.
void Sessions::tell_keys(const bootstrap::Notice& notice) {
    if (const auto* opened = std::get_if<bootstrap::AssociationOpened>(&notice))
        parts_.keys.proved(opened->endpoint, opened->psk_identity, opened->began);
    else if (const auto* dialled = std::get_if<bootstrap::DialFinished>(&notice))
        parts_.keys.proved(dialled->endpoint, dialled->psk_identity, dialled->began);
}

// Only while somebody listens: there are some ten of them in a session.
void Sessions::tell(const bootstrap::OperationAnswered& answered) {
    const auto record = parts_.directory.find(answered.session);
    if (!record) return;
    const bootstrap::OperationRecord& operation = answered.operation;
    Json data;
    data["session"] = answered.session;
    data["endpoint"] = record->endpoint;
    data["method"] = operation.method;
    data["path"] = operation.path;
    data["code"] = operation.code ? Json(coap::to_string(*operation.code)) : Json();
    data["retransmissions"] = operation.retransmissions;
    parts_.events.publish("operation", record->endpoint, text_of(data));
}

// The rest is at /v1/sessions/ID: the ring of events keeps ten thousand of these.
void Sessions::tell_end(const bootstrap::SessionRecord& record) {
    Json data;
    data["id"] = record.id;
    data["endpoint"] = record.endpoint;
    data["mode"] = to_string(record.mode);
    data["triggered"] = record.triggered;
    data["outcome"] = to_string(record.report.outcome.value_or(bootstrap::Outcome::interrupted));
    data["cause"] = record.report.cause;
    parts_.events.publish("session.ended", record.endpoint, text_of(data));
}

bootstrap::AttachResult Sessions::attach(const bootstrap::Attachment& attachment) {
    Directory::Output out;
    auto result = parts_.directory.attach(attachment, wire::Clock::now(), Wall::now(), out);
    perform(out);
    return result;
}

void Sessions::restore(Directory::Restored restored) {
    Directory::Output out;
    parts_.directory.restore(std::move(restored), wire::Clock::now(), Wall::now(), out);
    perform(out);
}

std::optional<bootstrap::SessionId> Sessions::withdraw(
    const std::string& endpoint, const std::optional<wire::IpAddress>& address,
    std::string reason) {
    Directory::Output out;
    auto session = parts_.directory.withdraw(endpoint, address, std::move(reason),
                                             wire::Clock::now(), Wall::now(), out);
    perform(out);
    return session;
}

void Sessions::withdraw_from(const std::string& origin, std::string reason) {
    Directory::Output out;
    parts_.directory.withdraw_from(origin, std::move(reason), wire::Clock::now(), Wall::now(), out);
    perform(out);
}

bool Sessions::cancel(const bootstrap::SessionId& id) {
    Directory::Output out;
    const bool cancelled = parts_.directory.cancel(id, wire::Clock::now(), Wall::now(), out);
    perform(out);
    return cancelled;
}

void Sessions::drain() {
    Directory::Output out;
    parts_.directory.drain(wire::Clock::now(), Wall::now(), out);
    perform(out);
}

void Sessions::interrupt() {
    Directory::Output out;
    parts_.directory.interrupt(wire::Clock::now(), Wall::now(), out);
    perform(out);
}

void Sessions::perform(Directory::Output& out) {
    std::vector<std::vector<bootstrap::Command>> by_shard(parts_.shards.count());
    for (Directory::Addressed& one : out.commands)
        by_shard[one.shard].push_back(std::move(one.command));
    for (std::uint16_t shard = 0; shard < by_shard.size(); ++shard)
        if (!by_shard[shard].empty()) parts_.shards.send(shard, std::move(by_shard[shard]));
    for (const auto& record : out.started) {
        parts_.chronicle.started(record);
        Json data;
        data["id"] = record.id;
        data["endpoint"] = record.endpoint;
        data["mode"] = to_string(record.mode);
        data["triggered"] = record.triggered;
        parts_.events.publish("session.started", record.endpoint, text_of(data));
    }
    const auto now = wire::Clock::now();
    for (const auto& record : out.ended) {
        parts_.chronicle.ended(record);
        parts_.tally.ended(record);
        parts_.recorder.record(record, now);
        parts_.traces.session_ended(record.endpoint);
        // What strangers can cause without end is not for those who watch.
        if (record.report.outcome != bootstrap::Outcome::not_admitted) tell_end(record);
    }
    for (const Directory::Ask& ask : out.asks)
        parts_.servers.ask(ask.server, ask.endpoint, ask.server_instance,
                           [this, session = ask.session](std::optional<std::string> failure) {
                               Directory::Output later;
                               parts_.directory.asked(session, std::move(failure),
                                                      wire::Clock::now(), Wall::now(), later);
                               perform(later);
                           });
    arm_timer();
    settled_();
}

void Sessions::arm_timer() {
    const auto deadline = parts_.directory.next_deadline();
    if (deadline == armed_for_) return;
    armed_for_ = deadline;
    timer_.cancel();
    if (!deadline) return;
    timer_.expires_at(*deadline);
    timer_.async_wait([this](boost::system::error_code cancelled) {
        if (cancelled) return;
        armed_for_.reset();
        Directory::Output out;
        parts_.directory.on_timer(wire::Clock::now(), Wall::now(), out);
        perform(out);
    });
}

}  // namespace bootstrapd
