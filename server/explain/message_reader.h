#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/wire/bytes.h"

namespace explain {

// A CoAP message as far as it can be read. Views are of the octets it was read from, which outlive
// it.
struct ReadMessage {
    struct Option {
        std::size_t offset;
        std::uint16_t number;
        wire::BytesView value;
    };
    struct Fault {
        std::size_t offset;  // at most the size of the message
        std::string what;
    };
    // The first four octets; nothing when there are fewer.
    struct Header {
        unsigned version;
        unsigned type;
        unsigned token_length;
        std::uint8_t code;
        std::uint16_t message_id;
    };
    std::optional<Header> header;
    wire::BytesView token;
    std::vector<Option> options;
    std::size_t payload_offset = 0;
    wire::BytesView payload;
    // The first thing that is wrong; there is one exactly when coap::decode() fails.
    std::optional<Fault> fault;
};

ReadMessage read_message(wire::BytesView octets);

}  // namespace explain
