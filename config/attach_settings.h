#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "config/document/document.h"

namespace config {

// "attach": who tells that devices attach, and how fast sessions follow.
struct Attach {
    unsigned rate = 500;  // sessions started a second
    // Sessions at once that a trigger began. A device that is not there holds its place until its
    // retransmissions are over, a minute and a half (MAX_TRANSMIT_WAIT).
    std::size_t concurrency = 10'000;
    std::size_t strangers = 10'000;  // unknown devices that are remembered; 0: none

    // A gateway, or a network of them, that may send Accounting-Requests.
    struct RadiusClient {
        std::string name;
        std::string address;                // "192.0.2.0/24"
        std::filesystem::path secret_file;  // or "credential:NAME"; the secret itself is not here
        bool require_message_authenticator = false;
        friend bool operator==(const RadiusClient&, const RadiusClient&) = default;
    };
    struct Radius {
        std::vector<std::string> listen;  // "address:port"; none: no RADIUS
        std::vector<RadiusClient> clients;
        friend bool operator==(const Radius&, const Radius&) = default;
    } radius;

    // An object: a mapping a name, each as it was written. What is in them is looked at by who
    // knows mappings (attach::parse_mapping). Null: none.
    std::shared_ptr<const nlohmann::json> mappings;
};

void read_attach(const document::Node& root, const std::filesystem::path& folder, Attach&);
nlohmann::ordered_json attach_json(const Attach&);
// Where what is listened on differs; the rest can be changed while running.
std::vector<std::string> attach_needs_restart(const Attach& running, const Attach& wanted);

}  // namespace config
