#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "config/document/document.h"
#include "server/attach/event.h"

namespace attach {

// How the body of a source's webhook becomes canonical events. Immutable; any thread.
class Mapping {
  public:
    virtual ~Mapping() = default;

    struct Mapped {
        std::vector<Event> events;    // of one body: an object, or an array of them
        std::size_t passed_over = 0;  // well-formed, but of no concern: another kind of event
        std::size_t spoilt = 0;       // left out for a problem of theirs
    };
    // Nothing when it had a problem; what it does not know is not one. A report with a problem does
    // not spoil the others: only when no event is left the problems are told.
    virtual std::optional<Mapped> map(const nlohmann::json& body, document::Problems&) const = 0;
    // What the source wants to be answered where all went well: 204, or 202 with the results.
    virtual unsigned success_status() const = 0;
};

// Of the presets that ship with the daemon: "3gpp", "camara", "emnify", "kore"; null: no preset.
std::shared_ptr<const Mapping> preset(std::string_view name);
std::vector<std::string_view> preset_names();

// A mapping written in the settings: JSON Pointers to the canonical fields, each into a report.
//
//   {"events": "/reports", "when": {"/type": ["started"]}, "detachWhen": {"/type": ["ended"]},
//    "imsi": "/sim/imsi", "address": "/ip", "id": "/id", "time": "/at"}
//
// "events" is where the reports are, an object or an array; without it the body is that. Without
// "when" every report is of concern, without "detachWhen" none is a detach; a report for which
// both hold is one. Null when it had a problem; to have a preset's name is one.
std::shared_ptr<const Mapping> parse_mapping(const document::Node&, std::string_view name);

}  // namespace attach
