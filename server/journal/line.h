#pragma once

#include <chrono>
#include <span>
#include <string>

#include "server/journal/journal.h"

// A message as the one line that is written of it. Values come from devices and from the network
// too: whatever they hold, they stay inside their field and on their line.
namespace journal {

// Octets of one value that are written; the rest is cut off and the cut is shown.
inline constexpr std::size_t max_value = 2048;

// `2026-01-01T00:00:00.000Z info session_ended endpoint=meter-1 cause="no answer"`. From warnings
// on, the message's own words follow as `text="…"`. No line end.
std::string text_line(const Message&, std::span<const Field> fields,
                      std::chrono::system_clock::time_point when);
// The same without time and level: for who has them already.
std::string bare_line(const Message&, std::span<const Field> fields);
// One JSON object: time, level, id, text, then the fields. No line end.
std::string json_line(const Message&, std::span<const Field> fields,
                      std::chrono::system_clock::time_point when);

}  // namespace journal
