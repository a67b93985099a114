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
    explicit Events(std::string boot, std::size_t capacity = 10'000,
                    std::size_t most_listeners = 64);
    Events(const Events&) = delete;
    Events& operator=(const Events&) = delete;

    struct Event {
        std::uint64_t sequence = 0;
        std::string kind;  // "attach", "session.started", "operation", "session.ended"
        std::string endpoint;
        std::string data;  // JSON on one line, no secrets
    };
    void publish(std::string kind, std::string endpoint, std::string data);
    // Whether it is worth the trouble to publish what comes often (operations).
    bool has_listeners() const { return !listeners_.empty(); }

    std::string id_of(const Event& event) const { return id_of(event.sequence); }
    std::string id_of(std::uint64_t sequence) const;
    // The sequence number in an id of this boot.
    std::optional<std::uint64_t> sequence_of(std::string_view id) const;
    // That of the newest event; 0: there was none yet.
    std::uint64_t newest() const { return next_ - 1; }
    // Events up to this one, inclusive, are no longer kept.
    std::uint64_t forgotten() const { return next_ - 1 - ring_.size(); }
    // The event after that of this number, where it is kept; null: there is none yet. Valid until
    // the next publish().
    const Event* after(std::uint64_t sequence) const;

    // What came after the event of this id, oldest first. `reset`: some of it is gone, or the id is
    // of another boot.
    struct Missed {
        bool reset = false;
        std::deque<Event> events;
    };
    Missed since(std::string_view last_event_id) const;

    using Listener = std::function<void(const Event&)>;
    // Called with every event from now on, until unlisten(). 0: there are most_listeners already.
    std::uint64_t listen(Listener);
    void unlisten(std::uint64_t);
    std::size_t listener_count() const { return listeners_.size(); }

    struct Counters {
        std::uint64_t published = 0;
        std::uint64_t turned_away = 0;  // listeners above the limit
        std::uint64_t too_slow = 0;     // listeners that were cut off
    };
    const Counters& counters() const { return counters_; }
    void count_too_slow() { ++counters_.too_slow; }

  private:
    std::string boot_;
    std::size_t capacity_;
    std::size_t most_listeners_;
    std::uint64_t next_ = 1;
    std::deque<Event> ring_;
    std::uint64_t next_listener_ = 1;
    std::map<std::uint64_t, Listener> listeners_;
    Counters counters_;
};

}  // namespace http
