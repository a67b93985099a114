#include "server/attach/radius_accounting.h"

#include <algorithm>
#include <utility>

namespace attach::radius {
namespace {

bool has_code(const Packet& packet, Code code) {
    return packet.code == static_cast<std::uint8_t>(code);
}

RequestKey key_of(const Packet& packet, const Accounting::Arrival& arrival) {
    RequestKey key{arrival.socket, arrival.remote, packet.identifier, {}};
    std::ranges::copy(packet.authenticator, key.authenticator.begin());
    return key;
}

}  // namespace

std::string_view to_string(Refusal refusal) {
    switch (refusal) {
        case Refusal::unknown_client:
            return "unknown_client";
        case Refusal::malformed:
            return "malformed";
        case Refusal::not_accounting:
            return "not_accounting";
        case Refusal::wrong_authenticator:
            return "wrong_authenticator";
        case Refusal::no_message_authenticator:
            return "no_message_authenticator";
        case Refusal::wrong_message_authenticator:
            return "wrong_message_authenticator";
        case Refusal::incomplete:
            return "incomplete";
        case Refusal::too_many:
            return "too_many";
    }
    return "";
}

Accounting::Accounting(std::vector<Client> clients, const Limits& limits)
    : clients_(std::move(clients)), requests_(limits.requests), sessions_(limits.sessions) {}

// The narrowest network that has the address.
const Client* Accounting::client_of(const wire::IpAddress& address) const {
    const Client* best = nullptr;
    for (const Client& client : clients_)
        if (client.network.contains(address) &&
            (best == nullptr || client.network.length() > best->network.length()))
            best = &client;
    return best;
}

Accounting::Refused Accounting::refuse(Refusal why, const Client* client) {
    ++counters_.refused[static_cast<std::size_t>(why)];
    return {why, client != nullptr ? client->name : ""};
}

std::optional<Refusal> Accounting::verify(const Packet& packet, const Client& client) const {
    const bool asks_only = has_code(packet, Code::status_server);
    if (!asks_only && !has_code(packet, Code::accounting_request)) return Refusal::not_accounting;
    // Anybody knows the empty secret.
    if (client.secret.empty()) return Refusal::wrong_authenticator;
    // A Status-Server's authenticator is random: it must have the other proof (RFC 5997 §3).
    if (!asks_only && !is_authentic(packet, client.secret)) return Refusal::wrong_authenticator;
    switch (message_authenticator(packet, client.secret)) {
        case Seal::right:
            return std::nullopt;
        case Seal::wrong:
            return Refusal::wrong_message_authenticator;
        case Seal::absent:
            break;
    }
    if (asks_only || client.require_message_authenticator) return Refusal::no_message_authenticator;
    return std::nullopt;
}

Accounting::Action Accounting::receive(const Arrival& arrival, wire::TimePoint now) {
    ++counters_.received;
    const Client* const client = client_of(arrival.remote.ip);
    if (client == nullptr) return refuse(Refusal::unknown_client, nullptr);
    const auto packet = decode(arrival.datagram);
    if (!packet) return refuse(Refusal::malformed, client);
    if (const auto why = verify(*packet, *client)) return refuse(*why, client);
    if (const auto* known = requests_.find(key_of(*packet, arrival), now)) {
        ++counters_.retransmissions;
        if (!known->answered) return Wait{};
        ++counters_.answered;
        return Send{known->answer};
    }
    return take(*packet, *client, arrival, now);
}

Accounting::Action Accounting::take(const Packet& packet, const Client& client,
                                    const Arrival& arrival, wire::TimePoint now) {
    const RequestKey key = key_of(packet, arrival);
    wire::Bytes datagram = encode_response(packet, client.secret);
    if (has_code(packet, Code::status_server)) {
        ++counters_.passed_over;
        return Send{answer(key, arrival, std::move(datagram), now)};
    }
    auto read = read_event(packet, client.name, arrival.remote.ip);
    if (std::holds_alternative<Incomplete>(read)) return refuse(Refusal::incomplete, &client);
    auto* const told = std::get_if<Told>(&read);
    if (told == nullptr) {
        ++counters_.passed_over;
        return Send{answer(key, arrival, std::move(datagram), now)};
    }
    if (told->status == Status::accounting_on || told->status == Status::accounting_off) {
        const bool is_news = sessions_.restart(*told, now);
        ++(is_news ? counters_.restarts : counters_.repeated);
        auto octets = answer(key, arrival, std::move(datagram), now);
        if (!is_news) return Send{std::move(octets)};
        return Withdraw{told->event.origin, std::move(octets)};
    }
    if (!told->names_a_device) {
        ++counters_.unidentified;
        return Send{answer(key, arrival, std::move(datagram), now)};
    }
    // Before the session's table learns of it.
    if (requests_.is_full()) return refuse(Refusal::too_many, &client);
    switch (sessions_.take(*told, now)) {
        case Sessions::Decision::deliver:
            return deliver(key, std::move(*told), arrival, std::move(datagram), now);
        case Sessions::Decision::known:
            ++counters_.repeated;
            return Send{answer(key, arrival, std::move(datagram), now)};
        case Sessions::Decision::under_way:
            break;
    }
    ++counters_.repeated;
    return Wait{};
}

Accounting::Action Accounting::deliver(const RequestKey& key, Told told, const Arrival& arrival,
                                       wire::Bytes answer, wire::TimePoint now) {
    requests_.add(key, {arrival.local, std::move(answer), false}, now);
    ++counters_.delivered;
    Event event = told.event;
    under_way_.emplace(++last_request_, UnderWay{key, std::move(told)});
    return Deliver{last_request_, std::move(event)};
}

wire::Bytes Accounting::answer(const RequestKey& key, const Arrival& arrival, wire::Bytes datagram,
                               wire::TimePoint now) {
    ++counters_.answered;
    requests_.add(key, {arrival.local, datagram, true}, now);
    return datagram;
}

std::optional<Accounting::Reply> Accounting::settle(std::uint64_t request, bool kept,
                                                    wire::TimePoint now) {
    const auto found = under_way_.find(request);
    if (found == under_way_.end()) return std::nullopt;
    const UnderWay done = std::move(found->second);
    under_way_.erase(found);
    sessions_.settle(done.told, kept, now);
    if (!kept) {
        ++counters_.unavailable;
        requests_.forget(done.key);
        return std::nullopt;
    }
    const auto* const known = requests_.answer(done.key, now);
    if (known == nullptr) return std::nullopt;
    ++counters_.answered;
    return Reply{done.key.socket, known->local, done.key.remote, known->answer};
}

Accounting::Gauges Accounting::gauges() const {
    return {requests_.under_way(), sessions_.size(), requests_.evicted(), sessions_.evicted()};
}

}  // namespace attach::radius
