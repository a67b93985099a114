#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "server/attach/event.h"
#include "server/bootstrap/directory.h"

namespace attach {

// A detach: nothing waits for the device any more.
struct Withdrawn {
    std::optional<bootstrap::SessionId> session;  // that was withdrawn; nothing: there was none
};
// The store cannot keep it: the sender shall come again.
struct Unavailable {
    std::string reason;
};
// Accepted and Withdrawn mean that it is kept durably.
using Answer = std::variant<bootstrap::AttachAccepted, bootstrap::AttachRefused, UnknownDevice,
                            Contradiction, Withdrawn, Unavailable>;

// Where every source's events go. On the control thread, `then` too, exactly once, later or at
// once.
class Sink {
  public:
    virtual ~Sink() = default;
    virtual void take(Event, std::function<void(Answer)> then) = 0;
    // A gateway has (re)started or stops: what it told of before is over (RADIUS Accounting-On and
    // -Off). Waiting triggers of this Event::origin are withdrawn.
    virtual void withdraw_all(std::string origin) = 0;
};

}  // namespace attach
