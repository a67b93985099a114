// stream  = *( event / comment )
// event   = "id: " id LF "event: " kind LF 1*( "data: " line LF ) LF
// comment = ":" LF LF

#include "server/http/event_stream.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/http/problem.h"

namespace http {
namespace {

constexpr std::size_t piece_size = 32 * 1024;

// A place in the ring and what lies between it and its end: no copy of the events is held.
class EventSource final : public BodySource {
  public:
    EventSource(Events& events, EventFilter filter, std::size_t most_unread)
        : events_(events),
          filter_(std::move(filter)),
          most_unread_(most_unread),
          sent_(events.newest()) {
        listener_ = events_.listen([this](const Events::Event& event) { on_event(event); });
    }
    ~EventSource() override { events_.unlisten(listener_); }
    EventSource(const EventSource&) = delete;
    EventSource& operator=(const EventSource&) = delete;

    bool listens() const { return listener_ != 0; }
    void resume_after(std::string_view id) {
        const auto sequence = events_.sequence_of(id);
        if (sequence && *sequence <= events_.newest()) {
            sent_ = *sequence;
        } else {
            sent_ = events_.forgotten();
            gap_ = true;
        }
    }

    void start(std::function<void()> cut) override { cut_ = std::move(cut); }
    void next(Give give) override {
        std::string text = take();
        if (text.empty())
            waiting_ = std::move(give);
        else
            give({std::move(text), Piece::Then::go_on});
    }
    std::string_view heartbeat() const override { return ":\n\n"; }

  private:
    void on_event(const Events::Event& event) {
        if (!filter_.wants(event)) return;
        unread_ += event.data.size();
        if (waiting_) {
            const Give give = std::exchange(waiting_, nullptr);
            give({take(), Piece::Then::go_on});
        } else if (unread_ > most_unread_ && cut_) {
            events_.count_too_slow();
            std::exchange(cut_, nullptr)();
        }
    }

    // Some events that are wanted, or nothing.
    std::string take() {
        std::string text;
        while (text.size() < piece_size) {
            if (std::exchange(gap_, false) || sent_ < events_.forgotten()) {
                sent_ = std::max(sent_, events_.forgotten());
                text += event_text(events_.id_of(sent_), "reset", "{}");
            }
            const Events::Event* event = events_.after(sent_);
            if (event == nullptr) {
                unread_ = 0;
                break;
            }
            sent_ = event->sequence;
            if (!filter_.wants(*event)) continue;
            unread_ -= std::min(unread_, event->data.size());
            text += event_text(events_.id_of(*event), event->kind, event->data);
        }
        return text;
    }

    Events& events_;
    EventFilter filter_;
    std::size_t most_unread_;
    std::uint64_t listener_ = 0;
    std::uint64_t sent_;      // the last event that was sent or skipped
    bool gap_ = false;        // the subscriber missed something before it came
    std::size_t unread_ = 0;  // octets of events since it came that were not handed over
    Give waiting_;
    std::function<void()> cut_;
};

}  // namespace

bool EventFilter::wants(const Events::Event& event) const {
    if (endpoint && event.endpoint != *endpoint) return false;
    return kinds.empty() || std::find(kinds.begin(), kinds.end(), event.kind) != kinds.end();
}

std::string event_text(std::string_view id, std::string_view kind, std::string_view data) {
    std::string text = "id: ";
    ((text += id) += "\nevent: ") += kind;
    while (true) {
        const std::size_t end = data.find_first_of("\r\n");
        (text += "\ndata: ") += data.substr(0, end);
        if (end == std::string_view::npos) break;
        data.remove_prefix(end + 1);
    }
    return text += "\n\n";
}

Response event_stream(Events& events, EventFilter filter,
                      const std::optional<std::string>& last_event_id, std::size_t most_unread) {
    auto source = std::make_shared<EventSource>(events, std::move(filter), most_unread);
    if (!source->listens()) {
        Response full = problem(503, "there are as many subscribers of events as may be");
        full.headers.emplace_back("Retry-After", "10");
        return full;
    }
    if (last_event_id) source->resume_after(*last_event_id);
    return {200, "text/event-stream", "", {{"Cache-Control", "no-store"}}, std::move(source)};
}

}  // namespace http
