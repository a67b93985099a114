#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/flows/expectations.h"
#include "tests/flows/world.h"

// One device that asks once, and what became of it.
namespace flows {

struct Story {
    std::optional<bootstrap::Outcome> outcome;  // of the last session; absent: there was none
    bootstrap::SessionRecord record;
    std::size_t sessions = 0;
    bootstrap::DeviceState state{};  // compared with `expected`
    support::Contents contents;
    std::vector<std::string> executed, operations, requests;
    std::optional<coap::Code> request_code;
    bool was_read_first = false;
    std::vector<World::Sent> sent;

    // "POST /bs", "GET /", … as they left the server for the first time.
    std::vector<std::string> from_server() const;
    // "WRITE /0/1 4.15" of each operation in the record; "…" where there was no answer.
    std::vector<std::string> recorded() const;
};

// Until everything has come to rest. Without `expected` the device shall hold what planned() says.
Story tell(const DeviceSetup& device, WorldSettings settings = World::settings(),
           const support::Contents* expected = nullptr);
// After something else than a device's request.
Story tell(World& world, const DeviceSetup& device, const support::Contents* expected = nullptr);

// The outcome is `finished`, and it is true.
void expect_finished(const Story& story);

}  // namespace flows
