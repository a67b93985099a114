#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace http {

// What happened lately, for GET /v1/events (server-sent events): a ring with ids
// "boot-sequence", and those who listen. Used on the control thread.
class Events {
  public:
    // `boot` is another one at every start of the daemon.
    explicit Events(std::string boot, std::size_t capacity = 10'000);

    struct Event {
        std::uint64_t sequence = 0;
        std::string kind;  // "attach", "session.started", "operation", "session.ended"
        std::string endpoint;
        std::string data;  // JSON on one line, no secrets
    };
    void publish(std::string kind, std::string endpoint, std::string data);
    // Whether it is worth the trouble to publish what comes often (operations).
    bool has_listeners() const { return !listeners_.empty(); }

    std::string id_of(const Event&) const;
    // What came after the event of this id, oldest first. `reset`: some of it is gone, or the id is
    // of another boot.
    struct Missed {
        bool reset = false;
        std::deque<Event> events;
    };
    Missed since(std::string_view last_event_id) const;

    using Listener = std::function<void(const Event&)>;
    // Called with every event from now on, until unlisten().
    std::uint64_t listen(Listener);
    void unlisten(std::uint64_t);
    std::size_t listener_count() const { return listeners_.size(); }

  private:
    std::string boot_;
    std::size_t capacity_;
    std::uint64_t next_ = 1;
    std::deque<Event> ring_;
    std::uint64_t next_listener_ = 1;
    std::map<std::uint64_t, Listener> listeners_;
};

}  // namespace http
