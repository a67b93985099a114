#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/coap/endpoint.h"
#include "server/coap/fields.h"
#include "server/coap/message.h"

// One endpoint, the peer played by the test, and a time that only the test moves.
namespace coap {

// "40 01 7d 34": two digits an octet, spaces between.
wire::Bytes from_hex(std::string_view text);

// Every random duration is the shortest times (1 + unit/2), every token differs from the others.
class ScriptedRandom final : public wire::Random {
  public:
    double unit = 0.0;

    void fill(std::span<std::uint8_t> out) override;

  private:
    std::uint8_t tokens_ = 0;
};

// What a datagram of ours says, kept apart from its octets.
struct Seen {
    Type type{};
    Code code{};
    MessageId id{};
    Token token;
    std::vector<std::string> path;
    std::vector<std::string> queries;
    std::optional<std::uint16_t> content_format;
    std::optional<std::uint16_t> accept;
    std::optional<Block> block1;
    std::optional<Block> block2;
    std::optional<std::uint32_t> size2;
    std::string etag;
    std::string payload;
};
Seen see(wire::BytesView datagram);

// A response of the peer with whatever options it needs.
struct Reply {
    Code code = Code::changed;
    std::optional<Block> block1{};
    std::optional<Block> block2{};
    std::string payload{};
    std::string etag{};
    std::optional<std::uint16_t> content_format{};
};

class Conversation {
  public:
    explicit Conversation(Endpoint::Security security = Endpoint::Security::secured,
                          Limits limits_ = {}, Transmission transmission_ = {});

    Transmission transmission;
    Limits limits;
    ScriptedRandom random;
    Endpoint endpoint;
    wire::TimePoint start = wire::TimePoint{} + std::chrono::hours(1);
    wire::TimePoint now = start;
    Output out;

    // What was sent, and what was told, since the last call.
    std::vector<wire::Bytes> sent();
    std::vector<Event> events();
    // The one datagram, the one event since the last call.
    Seen sent_one();
    template <class T>
    T told();

    void receive(wire::BytesView datagram) { endpoint.receive(datagram, now, out); }
    // Lets the time pass up to `seconds` after the start, calling on_timer() when it is due.
    void run_until(double seconds);
    double elapsed() const { return std::chrono::duration<double>(now - start).count(); }
    wire::TimePoint at(double seconds) const;

    ExchangeId get(std::string path = "rd", const RequestBounds& bounds = {});
    ExchangeId put(std::string payload, const RequestBounds& bounds = {});

    // The peer's answers to a request of ours.
    void piggyback(const Seen& request, const Reply& reply);
    void answer_separately(const Seen& request, Type type, MessageId id, const Reply& reply);
    void empty(Type type, MessageId id);
};

wire::Bytes encode_reply(Type type, MessageId id, const Token& token, const Reply& reply);

template <class T>
T Conversation::told() {
    auto all = events();
    if (all.size() != 1) throw std::runtime_error(std::to_string(all.size()) + " events, not one");
    return std::get<T>(std::move(all.front()));
}

}  // namespace coap
