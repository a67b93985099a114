#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/trace/datagram.h"

// The blocks of a capture file of CoAP messages, draft-ietf-opsawg-pcapng §4, little-endian. What
// lies below CoAP is not in it: the link type is WIRESHARK_UPPER_PDU (252), which names the
// dissector, the addresses and the ports of each message. Pure; each gives one whole block.
namespace trace {

// §4.1, of a section whose length is not told. The comment is for people.
std::string section_header(std::string_view application, std::string_view comment);
// §4.2; the one interface of the section, with times in nanoseconds.
std::string interface_description(std::string_view name, std::string_view description);
// §4.3. `dropped`: messages between the one before it and this one that are not in the file.
std::string enhanced_packet(const Datagram&, std::uint64_t dropped, std::string_view comment);
// §4.6: how many messages are in the file, and how many are not that should be.
struct Statistics {
    Time began{};
    Time now{};
    std::uint64_t received = 0;
    std::uint64_t dropped = 0;
};
std::string interface_statistics(const Statistics&);
// §4.5, an empty one: says nothing, and keeps a connection alive.
std::string no_news();

}  // namespace trace
