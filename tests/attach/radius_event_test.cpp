#include "server/attach/radius_event.h"

#include <gtest/gtest.h>

#include "tests/attach/radius_requests.h"

namespace attach::radius {
namespace {

const auto sender = wire::IpAddress::v4({198, 51, 100, 1});

std::optional<Told> told(const RequestWriter& request) {
    const auto octets = request.signed_with("x");
    const auto packet = decode(octets);
    EXPECT_TRUE(packet);
    if (!packet) return std::nullopt;
    const auto read = read_event(*packet, "core-1", sender);
    const auto* const found = std::get_if<Told>(&read);
    return found == nullptr ? std::nullopt : std::optional(*found);
}

Event event(const RequestWriter& request) {
    const auto found = told(request);
    EXPECT_TRUE(found);
    return found ? found->event : Event{};
}

TEST(RadiusEvent, TellsAllThatAGatewayKnows) {
    const Event found = event(start("c0000207000004d2")
                                  .of_3gpp(Type3gpp::imeisv, "3580000000000042")
                                  .text(Type::calling_station_id, "882212345678")
                                  .text(Type::called_station_id, "iot")
                                  .number(Type::event_timestamp, 1777629600));
    EXPECT_EQ(found.source, "radius:core-1");
    EXPECT_EQ(found.origin, "radius:core-1/192.0.2.7");
    EXPECT_EQ(found.what, Event::Kind::attached);
    EXPECT_EQ(found.kind, "start");
    EXPECT_EQ(found.id, "192.0.2.7/c0000207000004d2/start/1777629600");
    EXPECT_EQ(found.time, "2026-05-01T10:00:00Z");
    EXPECT_EQ(found.imsi, "001010000000001");
    EXPECT_EQ(found.imei, "3580000000000042");
    EXPECT_EQ(found.msisdn, "882212345678");
    EXPECT_EQ(found.apn, "iot");
    EXPECT_EQ(found.address, wire::IpAddress::v4({100, 64, 0, 10}));
    EXPECT_FALSE(found.endpoint);
    EXPECT_FALSE(found.port);
}

TEST(RadiusEvent, TakesAStopForADetach) {
    EXPECT_EQ(event(stop()).what, Event::Kind::detached);
    EXPECT_EQ(event(stop()).kind, "stop");
    EXPECT_EQ(event(interim(0x64400001)).what, Event::Kind::attached);
}

TEST(RadiusEvent, LeavesOutWhatIsNoSuchThing) {
    const auto found = told(RequestWriter()
                                .number(Type::acct_status_type, 1)
                                .text(Type::acct_session_id, "s")
                                .of_3gpp(Type3gpp::imsi, "00101000000000x")
                                .of_3gpp(Type3gpp::imeisv, "1")
                                .text(Type::calling_station_id, "sip:meter@iot.example")
                                .text(Type::called_station_id, "a\nb")
                                .octets(Type::framed_ip_address, from_hex("6440")));
    ASSERT_TRUE(found);
    EXPECT_FALSE(found->names_a_device);
    EXPECT_FALSE(found->event.imsi || found->event.imei || found->event.msisdn);
    EXPECT_FALSE(found->event.apn);
    EXPECT_FALSE(found->event.address);
    EXPECT_FALSE(found->event.time);
}

TEST(RadiusEvent, NeedsDigitsAloneForAnMsisdn) {
    for (const auto* number : {"+882212345678", "8822-12345678", "1234"})
        EXPECT_FALSE(event(start().text(Type::calling_station_id, number)).msisdn) << number;
}

// RFC 2865 §5.8: the first two ask for an address.
TEST(RadiusEvent, HasNoAddressWhereNoneIsTold) {
    for (const std::uint32_t address : {0xFFFFFFFFU, 0xFFFFFFFEU, 0xE0000001U, 0x00000001U})
        EXPECT_FALSE(event(start("s", "001010000000001", address)).address) << address;
}

TEST(RadiusEvent, TakesAnIpv6AddressButNoPrefix) {
    const auto address = from_hex("20010db8000000000000000000000001");
    const auto found =
        event(start("s", "001010000000001", 0).octets(Type::framed_ipv6_address, address));
    EXPECT_EQ(found.address, wire::IpAddress::from("2001:db8::1"));
    constexpr auto framed_ipv6_prefix = Type(97);
    const auto prefix = from_hex("004020010db800000001");
    EXPECT_FALSE(
        event(start("s", "001010000000001", 0).octets(framed_ipv6_prefix, prefix)).address);
}

TEST(RadiusEvent, NamesTheGatewayByWhatItHas) {
    RequestWriter bare;
    bare.number(Type::acct_status_type, 1).text(Type::acct_session_id, "s");
    EXPECT_EQ(told(bare)->gateway, "198.51.100.1");
    bare.text(Type::nas_identifier, "pgw-1");
    EXPECT_EQ(told(bare)->gateway, "pgw-1");
    bare.octets(Type::nas_ipv6_address, from_hex("20010db8000000000000000000000001"));
    EXPECT_EQ(told(bare)->gateway, "2001:db8::1");
    bare.number(Type::nas_ip_address, 0xC0000207);
    EXPECT_EQ(told(bare)->gateway, "192.0.2.7");
}

TEST(RadiusEvent, ShowsNoOctetsThatAreNoText) {
    RequestWriter odd;
    odd.number(Type::acct_status_type, 1)
        .octets(Type::acct_session_id, from_hex("ff00"))
        .octets(Type::nas_identifier, from_hex("0aff"))
        .of_3gpp(Type3gpp::imsi, "001010000000001");
    const auto found = told(odd);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->gateway.size(), 64U);
    EXPECT_EQ(found->session.size(), 64U);
    EXPECT_LE(found->event.id->size(), 255U);
    for (const char c : *found->event.id) EXPECT_TRUE(c > 0x20 && c < 0x7F);
}

TEST(RadiusEvent, HasOneIdForAllRetransmissions) {
    const auto once = event(start().number(Type::acct_delay_time, 0));
    EXPECT_EQ(once.id, event(start().number(Type::acct_delay_time, 5)).id);
    EXPECT_NE(once.id, event(start("s2")).id);
    EXPECT_NE(once.id, event(stop()).id);
    // The same session of a gateway that counts from one again.
    EXPECT_NE(once.id, event(start("s1", "001010000000002")).id);
    EXPECT_NE(event(interim(0x64400001)).id, event(interim(0x64400002)).id);
}

TEST(RadiusEvent, NeedsAStatusAndASession) {
    const auto read = [](const RequestWriter& request) {
        const auto octets = request.signed_with("x");
        return read_event(*decode(octets), "core-1", sender);
    };
    RequestWriter no_session;
    no_session.number(Type::acct_status_type, 1);
    EXPECT_TRUE(std::holds_alternative<Incomplete>(read(no_session)));
    RequestWriter no_status;
    no_status.text(Type::acct_session_id, "s");
    EXPECT_TRUE(std::holds_alternative<Incomplete>(read(no_status)));
    EXPECT_TRUE(
        std::holds_alternative<OtherStatus>(read(start("s", "001010000000001", 0, 15))));  // Failed
    // RFC 2866 demands a session id of these too; nothing depends on it.
    RequestWriter on;
    on.number(Type::acct_status_type, 7);
    EXPECT_TRUE(std::holds_alternative<Told>(read(on)));
}

}  // namespace
}  // namespace attach::radius
