#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "server/coap/request.h"
#include "server/coap/transmission.h"
#include "server/coap/types.h"
#include "server/wire/bytes.h"
#include "server/wire/random.h"
#include "server/wire/time.h"

namespace coap {

// One request of the peer, from its event to respond().
enum class IncomingId : std::uint64_t {};

// A whole request of the peer. Answer it by respond(), now or later.
struct RequestReceived {
    IncomingId id;
    bool confirmable;
    Request request;
};
// The answer to one of our requests, block-wise answers put together.
struct ResponseReceived {
    ExchangeId id;
    Response response;
    ExchangeTimes times;
};
struct RequestFailed {
    ExchangeId id;
    Failure failure;
    ExchangeTimes times;
};
// Our separate response was acknowledged (delivered) or given up (not delivered). A piggybacked
// or Non-confirmable response has no such event: it has left, and that is all that is known; but
// one that respond() sent in blocks, or did not send, always has.
struct ResponseSettled {
    IncomingId id;
    bool delivered;
};

using Event = std::variant<RequestReceived, ResponseReceived, RequestFailed, ResponseSettled>;

// What an input led to, in order: datagrams to send and things to know. Reusable: appended to.
struct Output {
    std::vector<wire::Bytes> datagrams;
    std::vector<Event> events;
};

struct Limits {
    std::size_t deduplication_entries = 32;  // requests remembered for EXCHANGE_LIFETIME
    // Octets of one body that comes in, block-wise or not: the answer to a request of ours or a
    // request of the peer. What we send is as long as its maker made it.
    std::size_t body = 64 * 1024 + 4096;
    std::size_t block_size = 1024;  // our preference: 16, 32, … 1024
    // The peer's requests awaiting respond(), and separate responses awaiting their ACK.
    std::size_t incoming = 4;
    // Octets of answers that the peer fetches block by block, until it has the last one.
    std::size_t answers = 128 * 1024;
};

// Counters of one endpoint, taken and summed by its owner.
struct Counters {
    std::uint64_t malformed = 0;        // dropped or answered by Reset
    std::uint64_t duplicates = 0;       // deduplication hits
    std::uint64_t retransmissions = 0;  // of ours
    std::uint64_t stray = 0;            // ACKs, Resets, responses that belong to nothing
    std::uint64_t overflow = 0;         // refused by Limits
    std::uint64_t cut_answers = 0;      // would have amplified an unsecured request
    std::uint64_t lost_answers = 0;     // block-wise ones that the peer did not fetch to the end
    std::uint64_t stray_blocks = 0;     // asked for, of no answer or beyond its end
};

// Our end of the CoAP conversation with one peer: message layer (deduplication, retransmission),
// request/response layer (tokens, separate responses), block-wise transfer. RFC 7252, RFC 7959.
//
// Pure: datagrams and time in, Output out. NSTART is 1: a request waits until the one before it
// has ended. A new DTLS association is a new Endpoint, so nothing is remembered across it.
// The Transmission, Limits and Random outlive it. Used by one thread.
class Endpoint {
  public:
    enum class Security { unsecured, secured };

    Endpoint(const Transmission&, const Limits&, wire::Random&, Security);
    ~Endpoint();
    Endpoint(Endpoint&&) noexcept;
    Endpoint& operator=(Endpoint&&) noexcept;

    void receive(wire::BytesView datagram, wire::TimePoint now, Output& out);
    void on_timer(wire::TimePoint now, Output& out);
    std::optional<wire::TimePoint> next_deadline() const;

    // Sends a Confirmable request; a payload above the block size goes by Block1. Tokens are 8
    // random octets.
    ExchangeId request(Request request, const RequestBounds& bounds, wire::TimePoint now,
                       Output& out);
    // Forgets the exchange; no event follows, nothing more of it is sent. A request that waited
    // behind it is due at once (next_deadline()).
    void cancel(ExchangeId id);

    // An empty ACK now (once), so that the response will be a separate one.
    void acknowledge(IncomingId id, Output& out);
    // Piggybacked when not yet acknowledged, else a separate Confirmable response, followed by
    // ResponseSettled. A Non-confirmable request gets a Non-confirmable response.
    // A payload above the block size (or the size that the request asked for) leaves by Block2, RFC
    // 7959 §2.4: the peer fetches the rest by the same request with a block number, which makes no
    // event of its own (4.08 when the answer is held no more, 4.00 beyond its end). One such answer
    // is held at a time. ResponseSettled follows it always: delivered once the last block has left,
    // not delivered when the first block was given up, EXCHANGE_LIFETIME has passed without another
    // fetch, another such answer or another answer to the same request took its place, or it was
    // larger than Limits::answers (then 5.00 was answered).
    // Unsecured, no answer is longer than three times its request, whose sender may be forged: an
    // error's payload is left out; 5.00 takes the place of anything else, as of a too large one.
    // Returns true when ResponseSettled will follow, or is in `out` already.
    bool respond(IncomingId id, Response response, wire::TimePoint now, Output& out);
    // Forgets an answer that is not settled yet: it is not sent again, its blocks cannot be fetched
    // any more, no event follows. False when there is none.
    bool withdraw(IncomingId id);

    const Counters& counters() const;
    // Octets held for deduplication and block-wise bodies.
    std::size_t memory() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace coap
