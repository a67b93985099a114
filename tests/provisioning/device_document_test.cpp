#include "provisioning/device_document.h"

#include "provisioning/profile_set.h"
#include "tests/provisioning/reading.h"

namespace provisioning::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view whole = R"({
  "endpoint": "urn:imei:358000000000001", "profile": "meter",
  "identifiers": { "imsi": "001010000000001", "imei": "35-800000-000000-1",
                   "iccid": "8988201234567890123", "msisdn": "+882212345678",
                   "externalId": "dev1@iot.example" },
  "credentials": { "psk": { "identity": "hex:00ff", "key": "text:squeamish ossifrage" },
                   "nosec": true },
  "reach": { "mode": "dial", "port": 5684, "address": "192.0.2.7", "source": "192.0.2.1" },
  "variables": { "dmKey": "101112131415161718191a1b1c1d1e1f", "region": "eu" } })";

Device device_of(std::string_view text) {
    auto reading = read_device(text);
    EXPECT_EQ(reading.told(), "");
    return std::move(*reading.value);
}

TEST(DeviceDocument, ComesTogetherFromItsTwoParts) {
    const Device device = device_of(whole);
    const std::string open = open_document(device).dump();
    const auto joined = join_document(open, secrets_of(device), "devices.d/a.json");
    ASSERT_TRUE(joined);
    EXPECT_EQ(joined->file, "devices.d/a.json");
    EXPECT_EQ(joined->profile, "meter");
    EXPECT_EQ(joined->identifiers.imei, "35-800000-000000-1");
    EXPECT_EQ(joined->identifiers.msisdn, "+882212345678");
    EXPECT_EQ(joined->credentials.psk->identity, (wire::Bytes{0x00, 0xFF}));
    EXPECT_TRUE(joined->credentials.psk->key.equals(device.credentials.psk->key));
    EXPECT_TRUE(joined->credentials.nosec);
    EXPECT_EQ(joined->reach.mode, Reach::Mode::dial);
    EXPECT_EQ(joined->reach.port, 5684);
    EXPECT_EQ(joined->reach.address, wire::IpAddress::from("192.0.2.7"));
    EXPECT_EQ(joined->variables, device.variables);
    EXPECT_EQ(open_document(*joined), open_document(device));
}

TEST(DeviceDocument, KeepsWhatACertificateIsKnownBy) {
    const std::string one(64, '1'), two(64, '2');
    const Device device = device_of(
        R"({"endpoint": "e", "profile": "p", "credentials": {
            "x509": {"ca": true, "certificateSha256": [")" +
        one + R"(", ")" + two + R"("], "keySha256": ")" + two + R"("},
            "rpk": {"publicKey": "3059301306072a8648ce3d020106082a8648ce3d030107034200046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"}},
            "bootstrapAccount": {"purge": [0, 3]}})");
    const auto joined = join_document(open_document(device).dump(), secrets_of(device), "");
    ASSERT_TRUE(joined);
    ASSERT_TRUE(joined->credentials.x509 && joined->credentials.rpk);
    EXPECT_TRUE(joined->credentials.x509->ca);
    EXPECT_EQ(joined->credentials.x509->certificates, device.credentials.x509->certificates);
    EXPECT_EQ(joined->credentials.x509->keys, device.credentials.x509->keys);
    EXPECT_EQ(joined->credentials.rpk->public_key, device.credentials.rpk->public_key);
    EXPECT_EQ(joined->purge, (std::vector<model::InstanceId>{0, 3}));
    EXPECT_EQ(open_document(*joined), open_document(device));
}

TEST(DeviceDocument, ShowsNeitherKeyNorVariables) {
    const std::string open = open_document(device_of(whole)).dump();
    for (const std::string& secret : std::vector<std::string>{
             "squeamish", wire::to_hex(wire::as_bytes("squeamish")), "101112131415", "\"eu\""})
        EXPECT_THAT(open, Not(HasSubstr(secret)));
    EXPECT_THAT(open, HasSubstr(R"("identity":"hex:00ff","key":null)"));
    EXPECT_THAT(open, HasSubstr(R"("variables":{"dmKey":null,"region":null})"));
}

TEST(DeviceDocument, WritesIdentitiesSoThatTheyAreReadBack) {
    for (const char* identity : {"plain", "hex:00", "text:hex:00", "text:text:", "base64:AA=="}) {
        const Device device = device_of(
            changed(whole, "/credentials/psk/identity", "\"" + std::string(identity) + "\""));
        const auto joined = join_document(open_document(device).dump(), secrets_of(device), "");
        ASSERT_TRUE(joined) << identity;
        EXPECT_EQ(joined->credentials.psk->identity, device.credentials.psk->identity);
    }
}

TEST(DeviceDocument, DoesNotComeTogetherFromPartsThatDoNotFit) {
    const Device device = device_of(whole);
    EXPECT_FALSE(join_document("{", secrets_of(device), ""));
    EXPECT_FALSE(join_document("{}", secrets_of(device), ""));
    EXPECT_FALSE(join_document(open_document(device).dump(), model::Secret(), ""));
    EXPECT_FALSE(
        join_document(open_document(device).dump(), model::Secret(wire::as_bytes("{}")), ""));
}

Reading<DeviceChange> read_change(std::string_view text) {
    Reading<DeviceChange> reading;
    if (const auto json = document::parse(text, "body", reading.problems))
        reading.value =
            parse_device_change(document::Node(*json, "body", "", reading.problems), "");
    return reading;
}

TEST(DeviceChange, SentBackAsItWasShownChangesNothing) {
    const Device device = device_of(whole);
    const auto change = read_change(open_document(device).dump());
    ASSERT_TRUE(change.value) << change.told();
    const auto applied = apply(*change.value, &device);
    ASSERT_TRUE(std::holds_alternative<Device>(applied));
    const Device& after = std::get<Device>(applied);
    EXPECT_EQ(open_document(after), open_document(device));
    EXPECT_TRUE(secrets_of(after).equals(secrets_of(device)));
}

TEST(DeviceChange, ReplacesWhatItBringsAndDropsWhatItLeavesOut) {
    const Device device = device_of(whole);
    const auto change =
        read_change(changed(changed(whole, "/variables", R"({"dmKey": null, "zone": "b"})"),
                            "/credentials/psk/key", "\"00112233\""));
    ASSERT_TRUE(change.value);
    const auto applied = apply(*change.value, &device);
    const Device& after = std::get<Device>(applied);
    EXPECT_EQ(after.variables, (std::map<std::string, std::string>{
                                   {"dmKey", "101112131415161718191a1b1c1d1e1f"}, {"zone", "b"}}));
    EXPECT_EQ(after.credentials.psk->key.size(), 4U);
}

TEST(DeviceChange, NamesTheSecretThatThereIsNotToKeep) {
    const auto key = read_change(changed(whole, "/credentials/psk/key", "null"));
    ASSERT_TRUE(key.value);
    EXPECT_EQ(std::get<std::string>(apply(*key.value, nullptr)), "/credentials/psk/key");
    const auto variable = read_change(changed(whole, "/variables", R"({"a/b": null})"));
    ASSERT_TRUE(variable.value);
    const Device device = device_of(whole);
    EXPECT_EQ(std::get<std::string>(apply(*variable.value, &device)), "/variables/a~1b");
}

TEST(DeviceChange, TellsEveryProblemByItsPointer) {
    const auto change = read_change(R"({"endpoint": "", "profile": "m", "lifetime": 1,
        "credentials": {"psk": {"identity": "a", "key": null}}, "reach": {"port": 0}})");
    EXPECT_FALSE(change.value);
    EXPECT_THAT(change.pointers(), ElementsAre("/lifetime", "/endpoint", "/reach/port"));
}

TEST(ProfileSet, KeepsTheFirstOfTwoProfilesOfOneName) {
    ProfileSet set(std::make_shared<const model::Definitions>(model::Definitions::built_in()));
    Profile one;
    one.name = "meter";
    one.file = "a.json";
    Profile other = one;
    other.file = "b.json";
    document::Problems problems;
    EXPECT_TRUE(set.add({std::make_shared<const Profile>(one), "{}", 0}, problems));
    EXPECT_FALSE(set.add({std::make_shared<const Profile>(other), "{}", 0}, problems));
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].file, "b.json");
    EXPECT_THAT(problems[0].message, HasSubstr("is in a.json"));
    EXPECT_EQ(set.find("meter")->profile->file, "a.json");
    EXPECT_EQ(set.without("meter")->size(), 0U);
    EXPECT_EQ(
        set.with({std::make_shared<const Profile>(other), "{}", 1})->find("meter")->profile->file,
        "b.json");
    EXPECT_EQ(set.size(), 1U);
}

TEST(ProfileSet, ChecksADeviceAgainstItsProfile) {
    ProfileSet set(std::make_shared<const model::Definitions>(model::Definitions::built_in()));
    Profile profile;
    profile.name = "meter";
    profile.variables = {"dmKey", "zone"};
    document::Problems problems;
    set.add({std::make_shared<const Profile>(profile), "{}", 0}, problems);
    const Device device = device_of(whole);
    set.check(device, {}, problems);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].pointer, "/variables");
    EXPECT_THAT(problems[0].message, HasSubstr("\"zone\""));
    set.check(device, {"zone"}, problems);
    EXPECT_EQ(problems.size(), 1U);
    set.check(device_of(changed(whole, "/profile", "\"other\"")), {}, problems);
    ASSERT_EQ(problems.size(), 2U);
    EXPECT_EQ(problems[1].pointer, "/profile");
    const auto shared = std::make_shared<const Device>(device);
    EXPECT_EQ(set.assign(shared).profile->name, "meter");
}

}  // namespace
}  // namespace provisioning::testing
