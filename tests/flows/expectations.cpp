#include "tests/flows/expectations.h"

#include <algorithm>

namespace flows {

support::Contents planned(const DeviceSetup& setup) {
    const auto written_down = setup.profile.instances[0].instance;
    // Chosen by the plan: the lowest that is not the Bootstrap-Server's account.
    const auto chosen = static_cast<model::InstanceId>(setup.habits.account == 0 ? 1 : 0);
    const model::InstanceId security = written_down.value_or(chosen);
    return {
        {model::Path(0, security),
         {{0, wire::to_hex(wire::as_bytes("coaps://dm.example.com:5684"))},
          {1, "00"},
          {2, "00"},
          {3, wire::to_hex(wire::as_bytes("meter-1"))},
          {4, ""},
          {5, wire::to_hex(wire::as_bytes("0123456789abcdef"))},
          {10, "65"}}},
        {model::Path(1, 0), {{0, "65"}, {1, "00015180"}, {6, "01"}, {7, "55"}}},
    };
}

bootstrap::DeviceState state(World& world, std::size_t device, const DeviceSetup& setup) {
    return world.device(device).state(planned(setup), setup.profile.delete_all);
}

std::string to_string(bootstrap::DeviceState state) {
    switch (state) {
        case bootstrap::DeviceState::as_before:
            return "as_before";
        case bootstrap::DeviceState::partly_written:
            return "partly_written";
        case bootstrap::DeviceState::complete:
            return "complete";
        case bootstrap::DeviceState::rolled_back:
            return "rolled_back";
    }
    return "";
}

bool is_permitted(bootstrap::Outcome outcome, bootstrap::DeviceState state) {
    const auto permitted = bootstrap::permitted_device_states(outcome);
    return std::find(permitted.begin(), permitted.end(), state) != permitted.end();
}

}  // namespace flows
