#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <variant>
#include <vector>

#include "server/dtls/connection.h"
#include "server/dtls/context.h"
#include "server/dtls/listener.h"
#include "server/wire/random.h"

namespace dtls::testing {

// A fixed sequence, so that every run is the same.
class CountingRandom final : public wire::Random {
  public:
    void fill(std::span<std::uint8_t> out) override {
        for (auto& octet : out) octet = next_ = static_cast<std::uint8_t>(next_ * 5 + 1);
    }

  private:
    std::uint8_t next_ = 7;
};

wire::Bytes bytes(std::string_view text);
model::Secret key(std::string_view hex_free_text);
// Settings whose retransmissions are due within milliseconds of the real clock that OpenSSL's timer
// runs on. Not shorter: OpenSSL takes what is under 15 ms as expired and repeats itself at once.
Settings impatient();
std::shared_ptr<Context> make_context(const Settings& = {});

wire::SocketAddress server_address();
wire::SocketAddress device_address();

// The server's side of one address: what the shard does with a datagram.
class ServerSide {
  public:
    explicit ServerSide(const Settings& = {});

    void receive(wire::BytesView datagram);
    // Waits until the retransmission timer is due and calls on_timeout(); nothing when none runs.
    void expire_timer();

    std::map<wire::Bytes, model::Secret> known;
    std::function<Trust(const PublicKeyClaim&)> trusts;  // nothing: nobody
    std::vector<PublicKeyClaim> claims;                  // that were looked up
    bool answers = true;                                 // provide(), trust() or deny() at once
    wire::TimePoint now{};
    wire::SocketAddress local = server_address();

    std::shared_ptr<Context> context;
    CountingRandom random;
    CookieKeys cookies;
    Listener listener;
    std::unique_ptr<Connection> connection;
    Output out;  // of everything so far; datagrams are taken by the link
    int challenges = 0;
    int lookups = 0;

  private:
    void answer();
};

// A client that our own dial role plays.
class ClientSide {
  public:
    explicit ClientSide(Psk own, const Settings& = {});
    ClientSide(ExpectedPeer expected, const Settings&);
    void dial();
    void receive(wire::BytesView datagram);
    void expire_timer();

    std::shared_ptr<Context> context;
    std::variant<Psk, ExpectedPeer> by;
    std::unique_ptr<Connection> connection;
    Output out;
};

// Carries datagrams both ways, in order, but for those it is told to lose. A side is anything with
// `out` and receive().
class Link {
  public:
    std::set<std::size_t> lose;  // by number, over both directions
    bool duplicate = false;      // every datagram arrives twice
    std::size_t carried = 0;

    // Until nothing is under way.
    template <class A, class B>
    void settle(A& a, B& b) {
        while (!a.out.datagrams.empty() || !b.out.datagrams.empty()) {
            carry(a, b);
            carry(b, a);
        }
    }

  private:
    template <class From, class To>
    void carry(From& from, To& to) {
        std::vector<wire::Bytes> datagrams;
        datagrams.swap(from.out.datagrams);
        for (const wire::Bytes& datagram : datagrams) {
            if (lose.contains(carried++)) continue;
            to.receive(datagram);
            if (duplicate) to.receive(datagram);
        }
    }
};

inline constexpr std::string_view device_identity = "device-1";
inline constexpr std::string_view device_key = "0123456789abcdef";
Psk device_psk();

}  // namespace dtls::testing
