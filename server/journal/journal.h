#pragma once

#include <atomic>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "server/journal/throttle.h"

// The daemon's log: every message has an id, a level and fields; text for people, JSON for
// machines. Secrets have no way in: model::Secret does not convert to text.
namespace journal {

enum class Level { trace, debug, info, warning, error };
enum class Format { text, json };

// One kind of message; all of them stand in messages.h.
struct Message {
    std::string_view id;  // "session_ended"
    Level level;
    std::string_view text = {};     // what happened, for people
    std::string_view meaning = {};  // how it comes about and what follows from it
    std::string_view remedy = {};   // what to do; "Nothing." too
    std::string_view fields = {};   // their names, each explained in catalogue.h, a space between
    Pace pace = {};                 // a limit where strangers, devices or networks cause it
};

struct Field {
    std::string_view name;
    std::string value;
};

// Safe to use from any thread; outlives all who write to it.
class Journal {
  public:
    // Writes to standard error. Where that is the system's journal and the format is text, the
    // fields go to it by name.
    Journal(Level, Format);
    ~Journal();

    bool enabled(Level level) const { return level >= level_.load(std::memory_order_relaxed); }
    // Whether its level is on, and its pace lets one of it through now: asked before fields are
    // made of what a flood brings. One that its pace withholds is counted.
    bool wants(const Message&);
    // Within the message's pace. What that withheld is told by the next line of the message, in
    // the field left_out_before, or once the flood is over by a line of its own.
    void write(const Message&, std::initializer_list<Field> fields);
    // Tells what was withheld in floods that are over, for when nothing else is written for long.
    void tell_withheld();
    void set(Level, Format);
    // Everything written so far has left when it returns, and everything withheld is told.
    void flush();

  private:
    class Impl;
    std::atomic<Level> level_;
    std::unique_ptr<Impl> impl_;
};

}  // namespace journal
