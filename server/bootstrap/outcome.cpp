#include "server/bootstrap/outcome.h"

namespace bootstrap {
namespace {

constexpr std::array untouched = {DeviceState::as_before};
constexpr std::array whole = {DeviceState::complete};
// Every operation before the Finish was answered well: the device kept all of it (the change
// request's reading of a lost Finish) or went back (the later texts').
constexpr std::array all_or_nothing = {DeviceState::complete, DeviceState::rolled_back};
// All was written, but the device calls it inconsistent: it may have left some of it out.
constexpr std::array written = {DeviceState::partly_written, DeviceState::complete,
                                DeviceState::rolled_back};
// Nothing tells until the device registers: it may have refused the pack, in whole or in part.
constexpr std::array not_told = {DeviceState::as_before, DeviceState::partly_written,
                                 DeviceState::complete};
// Ended somewhere on the way. `complete` is among them because the operation whose answer is
// missing, late or an error may have been the last that mattered.
constexpr std::array anything = {DeviceState::as_before, DeviceState::partly_written,
                                 DeviceState::complete, DeviceState::rolled_back};

}  // namespace

std::string_view to_string(Outcome outcome) {
    switch (outcome) {
        case Outcome::finished:
            return "finished";
        case Outcome::finish_unconfirmed:
            return "finish_unconfirmed";
        case Outcome::operation_refused:
            return "operation_refused";
        case Outcome::finish_refused:
            return "finish_refused";
        case Outcome::device_silent:
            return "device_silent";
        case Outcome::plan_impossible:
            return "plan_impossible";
        case Outcome::handshake_failed:
            return "handshake_failed";
        case Outcome::expired:
            return "expired";
        case Outcome::deadline_exceeded:
            return "deadline_exceeded";
        case Outcome::superseded:
            return "superseded";
        case Outcome::cancelled:
            return "cancelled";
        case Outcome::interrupted:
            return "interrupted";
        case Outcome::not_admitted:
            return "not_admitted";
        case Outcome::pack_delivered:
            return "pack_delivered";
        case Outcome::key_share_refused:
            return "key_share_refused";
        case Outcome::handed_over:
            return "handed_over";
    }
    return "";
}

std::span<const DeviceState> permitted_device_states(Outcome outcome) {
    switch (outcome) {
        case Outcome::finished:
        case Outcome::handed_over:
            return whole;
        case Outcome::finish_unconfirmed:
            return all_or_nothing;
        case Outcome::finish_refused:
            return written;
        case Outcome::pack_delivered:
            return not_told;
        case Outcome::key_share_refused:
        case Outcome::plan_impossible:
        case Outcome::handshake_failed:
        case Outcome::not_admitted:
            return untouched;
        // A first operation may have taken effect although no answer to it ever came back.
        case Outcome::expired:
        case Outcome::operation_refused:
        case Outcome::device_silent:
        case Outcome::deadline_exceeded:
        case Outcome::superseded:
        case Outcome::cancelled:
        case Outcome::interrupted:
            return anything;
    }
    return {};
}

}  // namespace bootstrap
