#pragma once

#include <array>
#include <span>
#include <string_view>

// How a session ended. The names are the API's, the metrics' and the log's.
namespace bootstrap {

enum class Outcome {
    finished,            // every operation answered well, Finish 2.04
    finish_unconfirmed,  // Finish sent, unanswered in time
    operation_refused,   // an operation answered by an error or a Reset
    finish_refused,      // Finish answered 4.06
    device_silent,       // retransmissions exhausted after it had been heard
    plan_impossible,     // ruled out by what Discover told; nothing was written
    handshake_failed,    // the daemon dialled, the device refused
    expired,             // a trigger whose window closed before the device answered anything
    deadline_exceeded,
    superseded,
    cancelled,
    interrupted,        // the daemon stopped
    not_admitted,       // identity and endpoint do not belong together, no profile, limits
    pack_delivered,     // the whole Bootstrap-Pack has left; no Finish says what became of it
    key_share_refused,  // who has to know the device's new keys did not take them
    handed_over,        // as finished: from now on another Bootstrap-Server is the device's
};
inline constexpr std::array all_outcomes = {
    Outcome::finished,          Outcome::finish_unconfirmed,
    Outcome::operation_refused, Outcome::finish_refused,
    Outcome::device_silent,     Outcome::plan_impossible,
    Outcome::handshake_failed,  Outcome::expired,
    Outcome::deadline_exceeded, Outcome::superseded,
    Outcome::cancelled,         Outcome::interrupted,
    Outcome::not_admitted,      Outcome::pack_delivered,
    Outcome::key_share_refused, Outcome::handed_over,
};

// "finish_unconfirmed".
std::string_view to_string(Outcome);

// What a device can hold once its own timer has run out, compared with before the session and
// with what the profile says.
enum class DeviceState {
    as_before,       // untouched
    partly_written,  // some operations took effect
    complete,        // all of the profile, as after a Finish
    rolled_back,     // was written to, went back to what it had
};

// The table: which states an outcome leaves open. `finished` permits one alone.
std::span<const DeviceState> permitted_device_states(Outcome);

}  // namespace bootstrap
