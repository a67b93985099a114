#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/bootstrap/outcome.h"
#include "server/coap/types.h"
#include "server/wire/time.h"

// What is told of a session: to the API, the log and, later, the store.
namespace bootstrap {

enum class Mode { client_initiated, server_initiated };
std::string_view to_string(Mode);

struct OperationRecord {
    std::string method;  // "DISCOVER", "DELETE", "WRITE", "FINISH"
    std::string path;    // "/0/1"; "/bs" for Finish
    std::optional<std::uint16_t> content_format;
    std::size_t payload_size = 0;
    std::optional<coap::Code> code;  // absent: unanswered
    wire::Duration sent{};           // first transmission, from the session's start
    std::optional<wire::Duration> answered;
    unsigned retransmissions = 0;
    std::string note;  // "answered by a Reset", "no answer", "repeated Finish"
};

// How a session went, as far as the shard that ran it can tell.
struct SessionReport {
    std::optional<Outcome> outcome;  // absent: it runs
    std::string cause;               // for people: which operation, which code, why
    bool device_answered = false;    // some operation was answered
    wire::TimePoint started{};       // what the operations' times count from
    std::vector<OperationRecord> operations;
};

}  // namespace bootstrap
