#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "server/trace/datagram.h"
#include "server/trace/knowledge.h"
#include "server/trace/mask.h"

namespace trace {

struct Order {
    std::string endpoint;
    bool shows_secrets = false;
    std::optional<std::chrono::seconds> lasts{};  // nothing: until its reader goes
    std::optional<std::uint32_t> sessions{};      // it ends when so many have ended
};

// One trace while it is taken: messages go in, a capture file (pcapng.h) comes out. What its reader
// has not fetched is bounded: a message that finds no room is left out, and the file tells how many
// were. Pure; used by one thread.
class Recording {
  public:
    static constexpr std::size_t most_waiting = 1024 * 1024;  // octets

    Recording(Order, std::string_view application, Time began, std::size_t room = most_waiting);

    const Order& order() const { return order_; }

    void add(Datagram, const Knowledge&);
    // So many messages before the next one were lost on their way here.
    void lost(std::uint64_t messages);
    // A session of the endpoint has ended, and everything of it was added.
    void session_ended(Time now);
    // Nothing more is added; once.
    void end(Time now);
    bool has_ended() const { return has_ended_; }

    // Some ten kilobytes of the file; empty: there is no more for now, or at all where it has
    // ended.
    std::string take();
    // Called when there is something to take that was not there, or it has ended.
    void set_listener(std::function<void()> listener) { listener_ = std::move(listener); }

    struct Counters {
        std::uint64_t messages = 0;
        std::uint64_t dropped = 0;
    };
    const Counters& counters() const { return counters_; }

  private:
    void append(std::string block);

    Order order_;
    Time began_;
    std::size_t room_;
    Masker masker_;
    std::uint32_t sessions_ended_ = 0;
    std::uint64_t dropped_before_ = 0;  // since the last message in the file
    Counters counters_;
    std::deque<std::string> waiting_;  // whole blocks
    std::size_t waiting_octets_ = 0;
    bool has_ended_ = false;
    std::function<void()> listener_;
};

}  // namespace trace
