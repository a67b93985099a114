#include "server/attach/radius_packet.h"

#include <gtest/gtest.h>

#include "tests/attach/radius_requests.h"

namespace attach::radius {
namespace {

// Sent by radclient of FreeRADIUS 3.2, the secret is "s3cr3t".
constexpr std::string_view start_of_radclient =
    "04f60090b43342327187a0bb4254669f560c6ad02806000000012c126330303030323037303030303034643204"
    "06c000020720077067772d311f0e3838323231323334353637381e05696f7408066440000a370669f479a01a17"
    "000028af01113030313031303030303030303030311a18000028af1412333538303030303030303030303034321a"
    "09000028af150306";
constexpr std::string_view stop_of_radclient =
    "04600053ca85ec3dd1b15ad9896f4b8afd97f2d32806000000022c04733120057067771a17000028af0111303031"
    "303130303030303030303031210401022103035012beb4e95de18de0b8c2b5e03ae2f388d3";

std::string text(std::optional<wire::BytesView> value) {
    return value ? std::string(wire::as_text(*value)) : "none";
}

TEST(RadiusPacket, ReadsWhatRadclientSends) {
    const auto octets = from_hex(start_of_radclient);
    const auto packet = decode(octets);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->code, 4);
    EXPECT_EQ(packet->identifier, 0xF6);
    EXPECT_EQ(packet->attributes.size(), 11U);
    EXPECT_EQ(packet->number(Type::acct_status_type), 1U);
    EXPECT_EQ(text(packet->find(Type::acct_session_id)), "c0000207000004d2");
    EXPECT_EQ(text(packet->find(Type::nas_identifier)), "pgw-1");
    EXPECT_EQ(text(packet->find(Type::calling_station_id)), "882212345678");
    EXPECT_EQ(packet->number(Type::framed_ip_address), 0x6440000AU);
    EXPECT_EQ(packet->number(Type::event_timestamp), 1777629600U);
    EXPECT_EQ(text(packet->find(Type3gpp::imsi)), "001010000000001");
    EXPECT_EQ(text(packet->find(Type3gpp::imeisv)), "3580000000000042");
    EXPECT_FALSE(packet->find(Type::proxy_state));
    EXPECT_FALSE(packet->number(Type::acct_session_id));
}

TEST(RadiusPacket, VerifiesAuthenticatorsAsRadclientMakesThem) {
    for (const auto hex : {start_of_radclient, stop_of_radclient}) {
        auto octets = from_hex(hex);
        const auto packet = decode(octets);
        ASSERT_TRUE(packet);
        EXPECT_TRUE(is_authentic(*packet, secret("s3cr3t")));
        EXPECT_FALSE(is_authentic(*packet, secret("s3cr3")));
        EXPECT_FALSE(is_authentic(*packet, model::Secret{}));
        for (const std::size_t at : {0U, 1U, 4U, 19U, 30U}) {
            octets[at] ^= 1;
            EXPECT_FALSE(is_authentic(*decode(octets), secret("s3cr3t"))) << at;
            octets[at] ^= 1;
        }
    }
}

TEST(RadiusPacket, VerifiesMessageAuthenticators) {
    const auto plain = from_hex(start_of_radclient);
    EXPECT_EQ(message_authenticator(*decode(plain), secret("s3cr3t")), Seal::absent);
    auto sealed = from_hex(stop_of_radclient);
    EXPECT_EQ(message_authenticator(*decode(sealed), secret("s3cr3t")), Seal::right);
    EXPECT_EQ(message_authenticator(*decode(sealed), secret("other")), Seal::wrong);
    sealed.back() ^= 1;
    EXPECT_EQ(message_authenticator(*decode(sealed), secret("s3cr3t")), Seal::wrong);
    const auto twice = start().sealed().sealed().signed_with("s3cr3t");
    EXPECT_EQ(message_authenticator(*decode(twice), secret("s3cr3t")), Seal::wrong);
    const auto cut =
        start().octets(Type::message_authenticator, from_hex("00")).signed_with("s3cr3t");
    EXPECT_EQ(message_authenticator(*decode(cut), secret("s3cr3t")), Seal::wrong);
}

TEST(RadiusPacket, IgnoresPaddingAfterItsLength) {
    auto octets = from_hex(start_of_radclient);
    octets.insert(octets.end(), {1, 2, 3});
    const auto packet = decode(octets);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->octets.size(), octets.size() - 3);
    EXPECT_TRUE(is_authentic(*packet, secret("s3cr3t")));
}

TEST(RadiusPacket, RefusesEveryTruncation) {
    const auto octets = from_hex(start_of_radclient);
    for (std::size_t size = 0; size < octets.size(); ++size) {
        const wire::Bytes cut(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_EQ(decode(cut).error(), Errc::truncated) << size;
    }
}

TEST(RadiusPacket, RefusesLengthsThatAreNone) {
    auto octets = from_hex(start_of_radclient);
    octets[3] = 19;
    EXPECT_EQ(decode(octets).error(), Errc::bad_length);
    octets.resize(5000);
    octets[2] = 0x10;
    octets[3] = 0x01;  // 4097
    EXPECT_EQ(decode(octets).error(), Errc::bad_length);
    const auto empty = RequestWriter().signed_with("x");
    EXPECT_TRUE(decode(empty));
}

TEST(RadiusPacket, RefusesAttributesThatDoNotFit) {
    for (const int length : {0, 1, 3, 255}) {
        auto octets = RequestWriter().text(Type::nas_identifier, "").signed_with("x");
        octets.back() = static_cast<std::uint8_t>(length);
        EXPECT_EQ(decode(octets).error(), Errc::bad_attribute) << length;
    }
    auto octets = RequestWriter().signed_with("x");
    octets.push_back(1);  // a type without a length
    octets[3] = 21;
    EXPECT_EQ(decode(octets).error(), Errc::bad_attribute);
}

TEST(RadiusPacket, ReadsSeveralAttributesOfAVendorInOne) {
    // The second claims more than there is: what comes before it counts.
    EXPECT_EQ(vendor_attributes(from_hex("000028af01053132331409343536"), vendor_3gpp).size(), 1U);
    const auto well = from_hex("000028af010531323314053435361502");
    const auto found = vendor_attributes(well, vendor_3gpp);
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(text(found[0].value), "123");
    EXPECT_EQ(text(found[1].value), "456");
    EXPECT_TRUE(found[2].value.empty());
    EXPECT_TRUE(vendor_attributes(well, 9).empty());
    EXPECT_TRUE(vendor_attributes(from_hex("000028"), vendor_3gpp).empty());
}

TEST(RadiusPacket, AnswersWithTheAuthenticatorOfRfc2866) {
    const auto request = from_hex(start_of_radclient);
    const auto answer = encode_response(*decode(request), secret("s3cr3t"));
    ASSERT_EQ(answer.size(), 20U);
    EXPECT_EQ(answer[0], 5);
    EXPECT_EQ(answer[1], 0xF6);
    EXPECT_EQ(answer[3], 20);
    // MD5 of 05f60014, the request's authenticator and the secret, by md5sum(1).
    EXPECT_EQ(wire::to_hex(wire::BytesView(answer).subspan(4)), "0f13af5f5b3139a689ac35e54817a58d");
}

TEST(RadiusPacket, AnswersWithTheProxyStatesInTheirOrderAndASeal) {
    const auto request = from_hex(stop_of_radclient);
    const auto octets = encode_response(*decode(request), secret("s3cr3t"));
    const auto answer = decode(octets);
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->attributes.size(), 3U);
    EXPECT_EQ(answer->attributes[0].type, 80);
    // Zeros for the Authenticator, as FreeRADIUS verifies it (tests/interop/radius.py).
    EXPECT_EQ(wire::to_hex(answer->attributes[0].value), "1438d3cc67459f2c051b174e10e932cf");
    EXPECT_EQ(wire::to_hex(answer->attributes[1].value), "0102");
    EXPECT_EQ(wire::to_hex(answer->attributes[2].value), "03");
}

}  // namespace
}  // namespace attach::radius
