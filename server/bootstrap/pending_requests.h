#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "server/bootstrap/request.h"
#include "server/coap/endpoint.h"
#include "server/wire/time.h"

namespace bootstrap {

// The requests of one peer that await admission, oldest first. The newest decides: a device that
// asks twice in a row has given up the older. Bounded by the endpoint's limit on incoming ones.
class PendingRequests {
  public:
    struct Entry {
        coap::IncomingId id;
        bool is_pack;
    };

    // False when it is the newest once more, under a new Message ID: there is nothing to ask about.
    bool add(coap::IncomingId, BootstrapRequest, wire::TimePoint now);

    bool empty() const { return entries_.empty(); }
    // Not to be asked of an empty one.
    const Entry& newest() const { return entries_.back(); }
    const BootstrapRequest& newest_request() const { return request_; }
    wire::TimePoint since() const { return since_; }  // of the oldest

    bool has_unacknowledged() const { return acknowledged_ < entries_.size(); }
    // Each id once.
    std::optional<coap::IncomingId> take_unacknowledged();

    struct Taken {
        std::vector<Entry> entries;
        BootstrapRequest request;  // of the newest
    };
    Taken take();

  private:
    std::vector<Entry> entries_;
    BootstrapRequest request_;
    wire::TimePoint since_{};
    std::size_t acknowledged_ = 0;
};

// What an older request is answered by when the newest, of this kind, gets `code`. One of the same
// kind gets the same: no other code would be safer should the device not have given it up. But a
// pack leaves once; and what is said of a pack means nothing to a Bootstrap-Request.
coap::Code code_for_older(const PendingRequests::Entry&, bool newest_is_pack, coap::Code);

}  // namespace bootstrap
