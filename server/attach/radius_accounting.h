#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "provisioning/model/secret.h"
#include "server/attach/radius_event.h"
#include "server/attach/radius_packet.h"
#include "server/attach/radius_requests.h"
#include "server/attach/radius_sessions.h"
#include "server/wire/address_prefix.h"

namespace attach::radius {

// A gateway, or a network of them, that shares a secret with us.
struct Client {
    std::string name;
    wire::AddressPrefix network;
    model::Secret secret;  // an empty one: nothing of this client is taken
    bool require_message_authenticator = false;
};

enum class Refusal {
    unknown_client,
    malformed,
    not_accounting,
    wrong_authenticator,
    no_message_authenticator,
    wrong_message_authenticator,
    incomplete,
    too_many,  // under way
};
inline constexpr std::size_t refusal_count = 8;
std::string_view to_string(Refusal);  // "unknown_client", for log and metrics

// The accounting server of RFC 2866: datagrams and the time in, what is to be done out. A request
// is answered once its event is kept, and never refused by an answer: there is none for that.
// Whoever does not share a secret with us hears nothing. Used by one thread.
class Accounting {
  public:
    struct Limits {
        Requests::Limits requests;
        Sessions::Limits sessions;
    };
    Accounting(std::vector<Client> clients, const Limits& limits);

    // `socket` is any number that tells sockets apart.
    struct Arrival {
        std::size_t socket = 0;
        wire::SocketAddress local;
        wire::SocketAddress remote;
        wire::BytesView datagram;
    };
    struct Refused {
        Refusal why;
        std::string client;  // empty: not known
    };
    struct Wait {};  // the same is under way: its answer will do
    // To the sender of the arrival, from where it came to.
    struct Send {
        wire::Bytes datagram;
    };
    struct Deliver {
        std::uint64_t request;  // for settle()
        Event event;
    };
    struct Withdraw {
        std::string origin;
        wire::Bytes datagram;  // the answer, to be sent after that
    };
    using Action = std::variant<Refused, Wait, Send, Deliver, Withdraw>;
    Action receive(const Arrival& arrival, wire::TimePoint now);

    struct Reply {
        std::size_t socket = 0;
        wire::SocketAddress local;
        wire::SocketAddress remote;
        wire::Bytes datagram;
    };
    // What was delivered is kept, or cannot be for now: then the gateway comes again.
    std::optional<Reply> settle(std::uint64_t request, bool kept, wire::TimePoint now);

    // Requests under way are still answered with the secrets that they came with.
    void set_clients(std::vector<Client> clients) { clients_ = std::move(clients); }

    struct Counters {
        std::uint64_t received = 0;
        std::uint64_t answered = 0;         // again, too
        std::uint64_t retransmissions = 0;  // of the same packet
        std::uint64_t repeated = 0;         // events told before, in another packet
        std::uint64_t delivered = 0;
        std::uint64_t unavailable = 0;   // delivered and not kept
        std::uint64_t unidentified = 0;  // answered, but they name no device
        std::uint64_t passed_over = 0;   // answered: of another Acct-Status-Type, Status-Server
        std::uint64_t restarts = 0;      // Accounting-On and -Off
        std::array<std::uint64_t, refusal_count> refused{};  // by Refusal
    };
    const Counters& counters() const { return counters_; }
    struct Gauges {
        std::size_t under_way = 0;
        std::size_t sessions = 0;
        std::uint64_t evicted_answers = 0;
        std::uint64_t evicted_sessions = 0;
    };
    Gauges gauges() const;

  private:
    struct UnderWay {
        RequestKey key;
        Told told;
    };

    const Client* client_of(const wire::IpAddress& address) const;
    std::optional<Refusal> verify(const Packet& packet, const Client& client) const;
    Action take(const Packet& packet, const Client& client, const Arrival& arrival,
                wire::TimePoint now);
    Action deliver(const RequestKey& key, Told told, const Arrival& arrival, wire::Bytes answer,
                   wire::TimePoint now);
    // The answer leaves at once, and again for each retransmission.
    wire::Bytes answer(const RequestKey& key, const Arrival& arrival, wire::Bytes datagram,
                       wire::TimePoint now);
    Refused refuse(Refusal why, const Client* client);

    std::vector<Client> clients_;
    Requests requests_;
    Sessions sessions_;
    std::unordered_map<std::uint64_t, UnderWay> under_way_;
    std::uint64_t last_request_ = 0;
    Counters counters_;
};

}  // namespace attach::radius
