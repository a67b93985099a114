// block   = type (4) | total length (4) | body | options | total length (4)
// options = *( code (2) | length (2) | value, padded to 4 ) end (code 0, length 0)
// packet  = *( tag (2) | length (2) | value, padded to 4 ) end (tag 0, length 0) message
//           the tags in network byte order: epan/exported_pdu.h of Wireshark

#include "server/trace/pcapng.h"

#include <chrono>
#include <limits>

#include "server/wire/writer.h"

namespace trace {
namespace {

constexpr std::uint32_t section_header_type = 0x0A0D0D0A;
constexpr std::uint32_t interface_description_type = 1;
constexpr std::uint32_t name_resolution_type = 4;
constexpr std::uint32_t interface_statistics_type = 5;
constexpr std::uint32_t enhanced_packet_type = 6;

constexpr std::uint32_t byte_order_magic = 0x1A2B3C4D;
constexpr std::uint16_t wireshark_upper_pdu = 252;  // LINKTYPE_WIRESHARK_UPPER_PDU

// Options, §3.5 and the sections of the blocks.
constexpr std::uint16_t end_of_options = 0;
constexpr std::uint16_t comment_option = 1;
constexpr std::uint16_t application_option = 4;            // shb_userappl
constexpr std::uint16_t interface_name_option = 2;         // if_name
constexpr std::uint16_t interface_description_option = 3;  // if_description
constexpr std::uint16_t time_resolution_option = 9;        // if_tsresol
constexpr std::uint16_t flags_option = 2;                  // epb_flags
constexpr std::uint16_t drop_count_option = 4;             // epb_dropcount
constexpr std::uint16_t start_time_option = 2;             // isb_starttime
constexpr std::uint16_t received_option = 4;               // isb_ifrecv
constexpr std::uint16_t dropped_option = 5;                // isb_ifdrop

constexpr std::size_t longest_option = std::numeric_limits<std::uint16_t>::max();

// Tags of WIRESHARK_UPPER_PDU.
enum class Tag : std::uint16_t {
    end = 0,
    dissector_name = 12,
    ipv4_source = 20,
    ipv4_destination = 21,
    ipv6_source = 22,
    ipv6_destination = 23,
    port_type = 24,
    source_port = 25,
    destination_port = 26,
};
constexpr std::uint32_t port_type_udp = 3;

std::uint64_t nanoseconds(Time time) {
    const auto since =
        std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch());
    return since.count() < 0 ? 0 : static_cast<std::uint64_t>(since.count());
}

class Block {
  public:
    explicit Block(std::uint32_t type) {
        number(type, 4);
        number(0, 4);  // its length, once it is known
    }

    void number(std::uint64_t value, std::size_t octets) {
        for (std::size_t i = 0; i < octets; ++i) out_ += static_cast<char>(value >> (8 * i));
    }
    // §3.5: the upper half first, each in the section's byte order.
    void time(Time when) {
        const std::uint64_t units = nanoseconds(when);
        number(units >> 32, 4);
        number(units, 4);
    }
    void padded(std::string_view octets) {
        out_ += octets;
        out_.append((4 - octets.size() % 4) % 4, '\0');
    }
    void option(std::uint16_t code, std::string_view value) {
        value = value.substr(0, longest_option);
        number(code, 2);
        number(value.size(), 2);
        padded(value);
    }
    void text_option(std::uint16_t code, std::string_view text) {
        if (!text.empty()) option(code, text);
    }
    void option_header(std::uint16_t code, std::uint16_t length) {
        number(code, 2);
        number(length, 2);
    }
    std::string take(bool has_options = true) {
        if (has_options) option_header(end_of_options, 0);
        const auto length = out_.size() + 4;
        number(length, 4);
        for (std::size_t i = 0; i < 4; ++i) out_[4 + i] = static_cast<char>(length >> (8 * i));
        return std::move(out_);
    }

  private:
    std::string out_;
};

void tag(wire::Writer& out, Tag which, wire::BytesView value) {
    out.u16(static_cast<std::uint16_t>(which));
    out.u16(static_cast<std::uint16_t>(value.size()));
    out.bytes(value);  // all of them are multiples of 4
}

void tag(wire::Writer& out, Tag which, std::uint32_t value) {
    out.u16(static_cast<std::uint16_t>(which));
    out.u16(4);
    out.u32(value);
}

wire::BytesView octets_of(const wire::IpAddress& ip) {
    const bool is_v4 = ip.family() == wire::IpAddress::Family::v4;
    return wire::BytesView(ip.octets()).first(is_v4 ? 4 : 16);
}

wire::Bytes packet_of(const Datagram& datagram) {
    const bool inbound = datagram.direction == Direction::inbound;
    const wire::SocketAddress& source = inbound ? datagram.remote : datagram.local;
    const wire::SocketAddress& destination = inbound ? datagram.local : datagram.remote;
    const auto is_v4 = [](const wire::SocketAddress& address) {
        return address.ip.family() == wire::IpAddress::Family::v4;
    };
    wire::Bytes packet;
    wire::Writer out(packet);
    tag(out, Tag::dissector_name, wire::as_bytes("coap"));
    tag(out, is_v4(source) ? Tag::ipv4_source : Tag::ipv6_source, octets_of(source.ip));
    tag(out, is_v4(destination) ? Tag::ipv4_destination : Tag::ipv6_destination,
        octets_of(destination.ip));
    tag(out, Tag::port_type, port_type_udp);
    tag(out, Tag::source_port, source.port);
    tag(out, Tag::destination_port, destination.port);
    out.u16(static_cast<std::uint16_t>(Tag::end));
    out.u16(0);
    out.bytes(datagram.message);
    return packet;
}

}  // namespace

std::string section_header(std::string_view application, std::string_view comment) {
    Block block(section_header_type);
    block.number(byte_order_magic, 4);
    block.number(1, 2);                                          // version 1 …
    block.number(0, 2);                                          // … .0
    block.number(std::numeric_limits<std::uint64_t>::max(), 8);  // -1: no length
    block.text_option(comment_option, comment);
    block.text_option(application_option, application);
    return block.take();
}

std::string interface_description(std::string_view name, std::string_view description) {
    Block block(interface_description_type);
    block.number(wireshark_upper_pdu, 2);
    block.number(0, 2);
    block.number(0, 4);  // SnapLen: no limit
    block.text_option(interface_name_option, name);
    block.text_option(interface_description_option, description);
    block.option(time_resolution_option, "\x09");  // 10^-9 s
    return block.take();
}

std::string enhanced_packet(const Datagram& datagram, std::uint64_t dropped,
                            std::string_view comment) {
    const wire::Bytes packet = packet_of(datagram);
    Block block(enhanced_packet_type);
    block.number(0, 4);  // the interface
    block.time(datagram.when);
    block.number(packet.size(), 4);
    block.number(packet.size(), 4);
    block.padded(wire::as_text(packet));
    block.text_option(comment_option, comment);
    block.option_header(flags_option, 4);
    block.number(datagram.direction == Direction::inbound ? 1 : 2, 4);
    if (dropped != 0) {
        block.option_header(drop_count_option, 8);
        block.number(dropped, 8);
    }
    return block.take();
}

std::string interface_statistics(const Statistics& statistics) {
    Block block(interface_statistics_type);
    block.number(0, 4);  // the interface
    block.time(statistics.now);
    block.option_header(start_time_option, 8);
    block.time(statistics.began);
    block.option_header(received_option, 8);
    block.number(statistics.received, 8);
    block.option_header(dropped_option, 8);
    block.number(statistics.dropped, 8);
    return block.take();
}

std::string no_news() {
    Block block(name_resolution_type);
    block.option_header(0, 0);  // nrb_record_end
    return block.take(false);
}

}  // namespace trace
