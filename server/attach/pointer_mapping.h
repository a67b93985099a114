#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "server/attach/fields.h"
#include "server/attach/json_pointer.h"
#include "server/attach/mapping.h"

namespace attach {

// Events in one body at most; more are refused as a whole.
inline constexpr std::size_t max_events_of_a_body = 10'000;

// What a report must have to be of concern: at the pointer one of the values, each as text.
struct Condition {
    JsonPointer pointer;
    std::vector<std::string> values;
    bool by_suffix = false;  // a value may be the end of what is there
};
using Conditions = std::vector<Condition>;  // all of them; none: anything

// A mapping that JSON Pointers into each report of a body can express.
class PointerMapping : public Mapping {
  public:
    struct Source {
        Field field;
        JsonPointer pointer;
    };
    struct Settings {
        std::string name;
        // Where the reports are, one or an array of them; nothing: the body is that.
        std::optional<JsonPointer> events;
        Conditions attached;
        std::optional<Conditions> detached;  // nothing: no report means that
        // Of several for one field the first that has a value counts.
        std::vector<Source> fields;
        unsigned success = 202;
    };
    explicit PointerMapping(Settings settings) : settings_(std::move(settings)) {}

    std::optional<Mapped> map(const nlohmann::json& body, document::Problems&) const override;
    unsigned success_status() const override { return settings_.success; }

  private:
    Settings settings_;
};

// What a source's reports are gathered in: one with a problem is left out, and its problems are
// told only if nothing else is left.
class Reports {
  public:
    explicit Reports(document::Problems& problems) : problems_(problems) {}

    // Where the next report's problems go.
    document::Problems& next() {
        current_.clear();
        return current_;
    }
    // Of the report since next(): leaves it out if it had a problem or names no device.
    void add(Event event, const document::Node& report);
    // Leaves it out for the problems since next().
    void spoil();
    void pass_over() { ++mapped_.passed_over; }

    std::optional<Mapping::Mapped> take();

  private:
    document::Problems& problems_;
    document::Problems current_;
    document::Problems held_;
    Mapping::Mapped mapped_;
};

}  // namespace attach
