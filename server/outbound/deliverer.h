#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "provisioning/model/secret.h"
#include "provisioning/store/store.h"
#include "server/journal/journal.h"
#include "server/outbound/client.h"
#include "server/outbound/webhook_queue.h"

namespace outbound {

struct Webhook {
    HookRules rules;  // with its name
    wire::HttpUrl url;
    std::vector<std::string> events;      // kinds; none: all
    std::optional<model::Secret> secret;  // signs
    std::filesystem::path ca_file;
    wire::Duration timeout = std::chrono::seconds(10);
};

// Brings the messages that the store keeps to the webhooks. A message's body is made by whoever
// puts it into the store: a JSON object
//
//   {"id": "…", "type": "session.ended", "time": "2026-01-01T00:00:00.000Z", "data": {…}}
//
// with `id` unique for the event, so that a receiver can tell a repetition, and `type` as the
// item's kind. It is sent by POST with the headers of signing.h. Any 2xx means that it has
// arrived; everything else, 410 and redirects too, is a failure like others, and it is tried again
// until it is too old.
//
// On the control thread, the io_context's. The io_context, Store, Client, Random and Journal
// outlive it; the store's callbacks reach the io_context even after it has gone.
class Deliverer {
  public:
    Deliverer(boost::asio::io_context&, store::Store&, Client&, wire::Random&, journal::Journal&,
              Backoff = {});
    // What is in flight is sent again by the next one.
    ~Deliverer();
    Deliverer(const Deliverer&) = delete;
    Deliverer& operator=(const Deliverer&) = delete;

    // The webhooks from now on; starts it, and wakes it.
    void reconfigure(std::vector<Webhook>);
    // Something may be due: call it after the store has acknowledged new messages.
    void wake();
    // Nothing more is sent; what is still answered is told to the store.
    void stop();

    // The names of the webhooks that want events of this kind, one OutboxItem each.
    std::vector<std::string> wanting(std::string_view kind) const;

    struct Counters {
        std::uint64_t delivered = 0, failed = 0, dropped = 0;
    };
    std::map<std::string, Counters> counters() const;  // by webhook
    std::size_t in_flight() const;

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;  // the callbacks look whether it is still there
};

}  // namespace outbound
