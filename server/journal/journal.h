#pragma once

#include <atomic>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

// The daemon's log: every message has an id, a level and fields; text for people, JSON for
// machines. Secrets have no way in: model::Secret does not convert to text.
namespace journal {

enum class Level { trace, debug, info, warning, error };
enum class Format { text, json };

// One kind of message; all of them stand in messages.h.
struct Message {
    std::string_view id;  // "session_ended"
    Level level;
    std::string_view text;  // what happened, for people
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
    void write(const Message&, std::initializer_list<Field> fields);
    void set(Level, Format);
    // Everything written so far has left when it returns.
    void flush();

  private:
    class Impl;
    std::atomic<Level> level_;
    std::unique_ptr<Impl> impl_;
};

}  // namespace journal
