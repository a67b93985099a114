#include "server/trace/pcapng.h"

#include <gtest/gtest.h>

#include "tests/lwm2m/hex.h"

namespace trace {
namespace {

using lwm2m::from_hex;

std::string octets(std::string_view hex) {
    return std::string(wire::as_text(from_hex(hex)));
}

Datagram datagram(Direction direction) {
    Datagram made;
    made.direction = direction;
    // 0x17979CFE362A0000 ns.
    made.when = Time(std::chrono::duration_cast<Time::duration>(
        std::chrono::nanoseconds(1'700'000'000'000'000'000)));
    made.local = *wire::SocketAddress::from("192.0.2.1:5684");
    made.remote = *wire::SocketAddress::from("198.51.100.7:40000");
    made.message = from_hex("40 01 7d 34 bb");
    return made;
}

// draft-ietf-opsawg-pcapng §4.1: Byte-Order Magic, version 1.0, Section Length -1.
TEST(Pcapng, BeginsWithASectionHeader) {
    EXPECT_EQ(section_header("tool 1", "why"), octets("0a0d0d0a 34000000 4d3c2b1a 0100 0000"
                                                      "ffffffffffffffff"
                                                      "0100 0300 77687900"          // opt_comment
                                                      "0400 0600 746f6f6c20310000"  // shb_userappl
                                                      "0000 0000 34000000"));
}

// §4.2: LinkType 252, no SnapLen, if_tsresol 9.
TEST(Pcapng, DescribesItsOneInterface) {
    EXPECT_EQ(interface_description("if", ""), octets("01000000 28000000 fc00 0000 00000000"
                                                      "0200 0200 69660000"  // if_name
                                                      "0900 0100 09000000"  // if_tsresol
                                                      "0000 0000 28000000"));
}

// §4.3; the tags before the message are those of Wireshark's exported PDUs.
TEST(Pcapng, HoldsAMessageWithItsAddressesTimeAndDirection) {
    const std::string packet =
        "000c 0004 636f6170"  // the dissector: coap
        "0014 0004 c6336407"  // from 198.51.100.7 …
        "0015 0004 c0000201"  // to 192.0.2.1 …
        "0018 0004 00000003"  // by UDP …
        "0019 0004 00009c40"  // port 40000 …
        "001a 0004 00001634"  // to 5684
        "0000 0000"
        "4001 7d34 bb 000000";  // the message, padded
    EXPECT_EQ(enhanced_packet(datagram(Direction::inbound), 0, ""),
              octets("06000000 68000000 00000000 fe9c9717 00002a36 39000000 39000000" + packet +
                     "0200 0400 01000000"  // epb_flags: inbound
                     "0000 0000 68000000"));
}

TEST(Pcapng, TurnsTheAddressesAroundForWhatLeaves) {
    const std::string block = enhanced_packet(datagram(Direction::outbound), 0, "");
    EXPECT_NE(block.find(octets("0014 0004 c0000201 0015 0004 c6336407")), std::string::npos);
    EXPECT_NE(block.find(octets("0019 0004 00001634 001a 0004 00009c40")), std::string::npos);
    EXPECT_NE(block.find(octets("0200 0400 02000000")), std::string::npos);
}

TEST(Pcapng, KnowsAddressesOfIpv6) {
    Datagram made = datagram(Direction::inbound);
    made.local = *wire::SocketAddress::from("[2001:db8::1]:5684");
    made.remote = *wire::SocketAddress::from("[2001:db8::2]:5683");
    const std::string block = enhanced_packet(made, 0, "");
    EXPECT_NE(block.find(octets("0016 0010 20010db8000000000000000000000002"
                                "0017 0010 20010db8000000000000000000000001")),
              std::string::npos);
}

// §4.3: epb_dropcount; §3.5: opt_comment, padded.
TEST(Pcapng, TellsWhatIsMissingBeforeAMessageAndWhatIsHiddenInIt) {
    const std::string block = enhanced_packet(datagram(Direction::inbound), 3, "hidden");
    EXPECT_NE(block.find(octets("0100 0600 68696464656e0000")), std::string::npos);
    EXPECT_NE(block.find(octets("0400 0800 0300000000000000")), std::string::npos);
}

// §4.6: isb_starttime, isb_ifrecv, isb_ifdrop.
TEST(Pcapng, EndsWithStatistics) {
    const Time began = datagram(Direction::inbound).when;
    EXPECT_EQ(interface_statistics({began, began, 7, 2}),
              octets("05000000 40000000 00000000 fe9c9717 00002a36"
                     "0200 0800 fe9c971700002a36"
                     "0400 0800 0700000000000000"
                     "0500 0800 0200000000000000"
                     "0000 0000 40000000"));
}

// §4.5: nrb_record_end alone.
TEST(Pcapng, HasABlockThatSaysNothing) {
    EXPECT_EQ(no_news(), octets("04000000 10000000 0000 0000 10000000"));
}

TEST(Pcapng, IsOfWholeBlocksWhoseLengthStandsAtBothEnds) {
    for (std::size_t size = 0; size < 9; ++size) {
        Datagram made = datagram(Direction::inbound);
        made.message = wire::Bytes(size, 0x55);
        for (const std::string& block :
             {enhanced_packet(made, size, std::string(size, 'x')),
              section_header(std::string(70000, 'a'), std::string(size, 'x'))}) {
            const auto length = [&](std::size_t at) {
                std::uint32_t value = 0;
                for (std::size_t i = 4; i > 0; --i)
                    value = value << 8 | static_cast<std::uint8_t>(block[at + i - 1]);
                return value;
            };
            EXPECT_EQ(block.size() % 4, 0U);
            EXPECT_EQ(length(4), block.size());
            EXPECT_EQ(length(block.size() - 4), block.size());
        }
    }
}

}  // namespace
}  // namespace trace
