#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "provisioning/model/path.h"
#include "server/bootstrap/messages.h"
#include "server/coap/message.h"
#include "server/trace/datagram.h"
#include "server/trace/knowledge.h"
#include "server/trace/payload_mask.h"

namespace trace {

// Takes the secrets out of the CoAP messages of one trace, in the order in which they passed.
// Header, token and options stay. A payload stays as far as it is known what it holds:
//   Write, pack, answer to a Read   all but the values that may not be shown (payload_mask.h)
//   answer to a Discover            whole: links hold no values
//   error of the daemon             whole: a diagnostic payload (RFC 7252 §5.5.2) of ours
// Of everything else, blocks of a longer body and what a device says in words included, each octet
// is overwritten; of what is no CoAP message each one after the header.
//
// An answer is told by the token of its request: those of the last requests of the last peers are
// remembered, and an answer to another one is taken for something unknown. Pure.
class Masker {
  public:
    static constexpr std::size_t most_requests = 16;  // of a peer
    static constexpr std::size_t most_peers = 16;

    // Changes the message; returns how many octets were overwritten.
    std::size_t mask(Datagram&, const Knowledge&);

  private:
    struct Request {
        Direction direction;
        coap::Token token;
        std::optional<model::Path> path;  // of ours; "/" for a device's Pack-Request
        bool discovers = false;
    };
    struct Peer {
        bootstrap::PeerRef ref;
        std::deque<Request> requests;
    };

    Peer& peer(const bootstrap::PeerRef&);
    void remember(const Datagram&, const coap::Message&);
    const Request* request_of(const Datagram&, const coap::Message&);
    // Nothing: none of it.
    std::optional<MaskedPayload> shown_payload(const Datagram&, const coap::Message&,
                                               const Knowledge&);

    std::deque<Peer> peers_;  // the last one is the newest
};

}  // namespace trace
