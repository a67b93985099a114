#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace http {

// Which devices get a new key for their account at their next bootstrap; neither of both: all.
struct RotationOrder {
    std::optional<std::string> profile;
    std::optional<std::string> prefix;  // of the endpoint
    bool trigger = false;               // a bootstrap is triggered for each, as by an attachment
};

// One that was ordered, and how far it has come.
struct Rotation {
    enum class State { running, finished, cancelled, failed };
    std::string id;
    RotationOrder order;
    State state = State::running;
    std::uint64_t devices = 0;  // that it has come to
    std::string cause;          // of failed
    std::chrono::system_clock::time_point began{};
    std::optional<std::chrono::system_clock::time_point> ended;
};

}  // namespace http
