#include "provisioning/device.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "provisioning/device_credentials.h"
#include "tests/provisioning/reading.h"

namespace provisioning {
namespace {

using testing::changed;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::read_device;
using ::testing::UnorderedElementsAre;

constexpr std::string_view good = R"({
  "$schema": "https://example.org/device.schema.json",
  "endpoint": "urn:imei:358000000000001", "profile": "meter",
  "identifiers": { "imsi": "001010000000001", "imei": "358000000000001",
                   "iccid": "8944000000000000001", "msisdn": "+882212345678",
                   "externalId": "meter-1@example.com" },
  "credentials": { "psk": { "identity": "358000000000001",
                            "key": "5ec5e7005ec5e7005ec5e7005ec5e700" } },
  "reach": { "mode": "auto", "port": 5684, "address": "192.0.2.7", "source": "192.0.2.1" },
  "variables": { "region": "eu" } })";

TEST(Device, ReadsTheWholeOfAGoodOne) {
    const auto reading = read_device(good);
    ASSERT_TRUE(reading.value) << reading.told();
    const Device& device = *reading.value;
    EXPECT_EQ(device.endpoint.text(), "urn:imei:358000000000001");
    EXPECT_EQ(device.profile, "meter");
    EXPECT_EQ(device.file, "d.json");
    EXPECT_EQ(device.identifiers.imsi, "001010000000001");
    EXPECT_EQ(device.identifiers.external_id, "meter-1@example.com");
    EXPECT_EQ(wire::as_text(device.credentials.psk->identity), "358000000000001");
    EXPECT_EQ(wire::to_hex(device.credentials.psk->key.reveal()),
              "5ec5e7005ec5e7005ec5e7005ec5e700");
    EXPECT_FALSE(device.credentials.nosec);
    EXPECT_EQ(device.reach.mode, Reach::Mode::automatic);
    EXPECT_EQ(device.reach.port, 5684);
    EXPECT_EQ(device.reach.address->to_string(), "192.0.2.7");
    EXPECT_EQ(device.variables.at("region"), "eu");
}

// Of the key whose private half is 1: the base point of P-256, SEC 2 §2.4.2.
constexpr std::string_view spki =
    "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

TEST(Device, AcceptsWhatIsRight) {
    struct Case {
        std::string pointer, value;
    };
    for (const Case& each :
         std::vector<Case>{{"/$schema", ""},
                           {"/identifiers", ""},
                           {"/reach", ""},
                           {"/reach/mode", "\"server\""},
                           {"/variables", ""},
                           {"/identifiers/imei", "\"35-800000-000000-1\""},
                           {"/identifiers/imei", "\"3580000000000012\""},
                           {"/credentials/nosec", "true"},
                           {"/credentials", R"({"nosec": true})"},
                           {"/credentials/psk/identity", "\"hex:00\""},
                           {"/credentials/psk/identity", "\"" + std::string(128, 'i') + "\""},
                           {"/credentials/psk/key", "\"text:" + std::string(64, 'k') + "\""},
                           {"/credentials/x509", R"({"ca": true})"},
                           {"/credentials/x509",
                            R"({"ca": false, "keySha256": [")" + std::string(64, 'a') + "\"]}"},
                           {"/credentials",
                            R"({"x509": {"certificateSha256": ")" + std::string(64, 'A') + "\"}}"},
                           {"/credentials/rpk", R"({"publicKey": ")" + std::string(spki) + "\"}"},
                           {"/bootstrapAccount", "{}"},
                           {"/bootstrapAccount", R"({"purge": [0, 65534]})"},
                           {"/reach/mode", "\"dial\""},
                           {"/reach/mode", "\"association\""},
                           {"/reach/mode", "\"wait\""}}) {
        const auto reading = read_device(changed(good, each.pointer, each.value));
        EXPECT_TRUE(reading.value) << each.pointer << "\n" << reading.told();
    }
}

TEST(Device, PointsAtWhatIsWrong) {
    struct Case {
        std::string pointer, value, at, message;
    };
    const std::vector<Case> cases = {
        {"/endpoint", "", "/endpoint", "missing"},
        {"/endpoint", "\"\"", "/endpoint", "no endpoint name"},
        {"/endpoint", "\"a\\u0000b\"", "/endpoint", "no endpoint name"},
        {"/endpoint", "\"" + std::string(256, 'e') + "\"", "/endpoint", "no endpoint name"},
        {"/profile", "", "/profile", "missing"},
        {"/profile", "\"\"", "/profile", "empty"},
        {"/profil", "1", "/profil", "not a key"},
        {"/identifiers/imsi", "\"12x456\"", "/identifiers/imsi", "no imsi"},
        {"/identifiers/imsi", "1010000000001", "/identifiers/imsi", "whole number"},
        {"/identifiers/imei", "\"3580\"", "/identifiers/imei", "no imei"},
        {"/identifiers/iccid", "\"89\"", "/identifiers/iccid", "no iccid"},
        {"/identifiers/msisdn", "\"++49\"", "/identifiers/msisdn", "no msisdn"},
        {"/identifiers/externalId", "\"\"", "/identifiers/externalId", "no external"},
        {"/identifiers/mac", "\"\"", "/identifiers/mac", "not a key"},
        {"/credentials", "", "/credentials", "missing"},
        {"/credentials", "{}", "/credentials", "no way to know the device"},
        {"/credentials", R"({"nosec": false})", "/credentials", "no way to know the device"},
        {"/credentials/x509", "{}", "/credentials/x509", "accepts no certificate"},
        {"/credentials/x509", R"({"ca": false})", "/credentials/x509", "accepts no certificate"},
        {"/credentials/x509", R"({"ca": 1})", "/credentials/x509/ca", "whole number"},
        {"/credentials/x509", R"({"sha256": ""})", "/credentials/x509/sha256", "not a key"},
        {"/credentials/x509", R"({"keySha256": ""})", "/credentials/x509/keySha256",
         "no SHA-256 fingerprint"},
        {"/credentials/x509", R"({"keySha256": 1})", "/credentials/x509/keySha256", "whole number"},
        {"/credentials/x509", R"({"certificateSha256": []})", "/credentials/x509/certificateSha256",
         "is empty"},
        {"/credentials/x509", R"({"certificateSha256": [")" + std::string(63, 'a') + "\"]}",
         "/credentials/x509/certificateSha256/0", "no SHA-256 fingerprint"},
        {"/credentials/rpk", "{}", "/credentials/rpk/publicKey", "missing"},
        {"/credentials/rpk", R"({"publicKey": "xyz"})", "/credentials/rpk/publicKey",
         "not hexadecimal"},
        {"/credentials/rpk", R"({"publicKey": "00"})", "/credentials/rpk/publicKey",
         "no public key"},
        {"/credentials/rpk", R"({"publicKey": "-----BEGIN X-----"})", "/credentials/rpk/publicKey",
         "PEM"},
        {"/bootstrapAccount", R"({"purge": [-1]})", "/bootstrapAccount/purge/0", "out of range"},
        {"/bootstrapAccount", R"({"purge": [65535]})", "/bootstrapAccount/purge/0", "out of range"},
        {"/bootstrapAccount", R"({"purge": [1, 1]})", "/bootstrapAccount/purge/1", "twice"},
        {"/bootstrapAccount", R"({"purge": [0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]})",
         "/bootstrapAccount/purge", "more than 16"},
        {"/bootstrapAccount", R"({"keys": 1})", "/bootstrapAccount/keys", "not a key"},
        {"/credentials/psk", "\"k\"", "/credentials/psk", "is a text"},
        {"/credentials/psk/identity", "", "/credentials/psk/identity", "missing"},
        {"/credentials/psk/identity", "\"\"", "/credentials/psk/identity", "empty"},
        {"/credentials/psk/identity", "\"" + std::string(129, 'i') + "\"",
         "/credentials/psk/identity", "longer than 128"},
        {"/credentials/psk/key", "", "/credentials/psk/key", "missing"},
        {"/credentials/psk/key", "\"\"", "/credentials/psk/key", "empty"},
        {"/credentials/psk/key", "\"5ec5e7g\"", "/credentials/psk/key", "hexadecimal"},
        {"/credentials/psk/key", "\"text:" + std::string(65, 'k') + "\"", "/credentials/psk/key",
         "longer than 64"},
        {"/reach/mode", "\"push\"", "/reach/mode", "none of the words"},
        {"/reach/mode", "\"unsecured\"", "/reach/mode", "credentials do not allow"},
        {"/reach/port", "0", "/reach/port", "out of range"},
        {"/reach/port", "65536", "/reach/port", "out of range"},
        {"/reach/address", "\"host.example\"", "/reach/address", "no address"},
        {"/reach/address", "\"0.0.0.0\"", "/reach/address", "no address"},
        {"/reach/source", "\"192.0.2.1\\u0000\"", "/reach/source", "no address"},
        {"/reach/source", "\"2001:db8::1\"", "/reach/source", "another address family"},
        {"/variables/region", "1", "/variables/region", "whole number"},
        {"/variables", "[]", "/variables", "is an array"},
    };
    for (const Case& each : cases) {
        const auto reading = read_device(changed(good, each.pointer, each.value));
        const std::string which = each.pointer + " = " + each.value + "\n" + reading.told();
        EXPECT_FALSE(reading.value) << which;
        ASSERT_EQ(reading.problems.size(), 1U) << which;
        EXPECT_EQ(reading.problems[0].pointer, each.at) << which;
        EXPECT_THAT(reading.problems[0].message, HasSubstr(each.message)) << which;
        EXPECT_FALSE(reading.problems[0].remedy.empty()) << which;
        EXPECT_THAT(reading.told(), Not(HasSubstr("5ec5"))) << which;
    }
}

TEST(Device, WithoutKeysCannotBeReachedByDtls) {
    for (const char* mode : {"dial", "association"}) {
        const auto reading = read_device(R"({"endpoint": "e", "profile": "p", "credentials":
            {"nosec": true}, "reach": {"mode": ")" +
                                         std::string(mode) + "\"}}");
        EXPECT_EQ(reading.pointers(), std::vector<std::string>{"/reach/mode"}) << mode;
    }
}

TEST(Device, IsReachedByDtlsWithACertificateOrARawPublicKey) {
    for (const std::string& credentials :
         {std::string(R"({"x509": {"ca": true}})"),
          R"({"rpk": {"publicKey": ")" + std::string(spki) + "\"}}"})
        EXPECT_TRUE(read_device(R"({"endpoint": "e", "profile": "p", "credentials": )" +
                                credentials + R"(, "reach": {"mode": "dial"}})")
                        .value)
            << credentials;
}

TEST(Device, TakesFingerprintsAsTheyAreShown) {
    crypto::Sha256 expected{};
    for (std::size_t i = 0; i < expected.size(); ++i)
        expected.at(i) = static_cast<std::uint8_t>(0xA0 + i);
    std::string plain, colons;
    for (const std::uint8_t octet : expected) {
        plain += wire::to_hex({&octet, 1});
        colons += (colons.empty() ? "" : ":") + wire::to_hex({&octet, 1});
    }
    EXPECT_EQ(parse_fingerprint(plain), expected);
    EXPECT_EQ(parse_fingerprint(colons), expected);
    EXPECT_EQ(parse_fingerprint(":" + plain), std::nullopt);
    EXPECT_EQ(parse_fingerprint(plain + ":"), std::nullopt);
    EXPECT_EQ(parse_fingerprint(plain + "00"), std::nullopt);
    EXPECT_EQ(parse_fingerprint(plain.substr(1)), std::nullopt);
    EXPECT_EQ(parse_fingerprint("g" + plain.substr(1)), std::nullopt);
    EXPECT_EQ(parse_fingerprint(""), std::nullopt);
}

TEST(Device, TellsEveryProblemAtOnce) {
    const auto reading = read_device(R"({"endpoint": 1, "credentials": {"psk": {"key": "zz"}},
        "reach": {"port": -1, "address": "x"}, "identifiers": {"imsi": "a"}, "extra": 1})");
    EXPECT_THAT(reading.pointers(),
                UnorderedElementsAre("/endpoint", "/profile", "/credentials/psk/identity",
                                     "/credentials/psk/key", "/reach/port", "/reach/address",
                                     "/identifiers/imsi", "/extra"))
        << reading.told();
}

}  // namespace
}  // namespace provisioning
