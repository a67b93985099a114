#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/events.h"
#include "server/http/exchange.h"

namespace http {

// Which events a subscriber wants; all, where nothing is said.
struct EventFilter {
    std::optional<std::string> endpoint;
    std::vector<std::string> kinds;

    bool wants(const Events::Event&) const;
};

// What a subscriber may leave unread before it is cut off.
inline constexpr std::size_t most_unread_events = 1024 * 1024;

// The answer to GET /v1/events: a stream of server-sent events (WHATWG HTML §9.2) that lasts until
// either side ends it. It begins after the event of last_event_id, or with what comes from now on;
// events that are no longer kept are told as "reset". 503 when there are subscribers enough. The
// Events outlive the connections.
Response event_stream(Events&, EventFilter, const std::optional<std::string>& last_event_id,
                      std::size_t most_unread = most_unread_events);

// One event as it is sent.
std::string event_text(std::string_view id, std::string_view kind, std::string_view data);

}  // namespace http
