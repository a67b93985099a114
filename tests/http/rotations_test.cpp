#include "tests/http/api_fixture.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class HttpRotations : public ApiTest {
  protected:
    HttpRotations() {
        add("keeps", "keep");
        add("replaces", "replace");
        make("meter-1", "replaces");
        make("meter-2", "keeps");
    }
    void add(const std::string& name, const std::string& keys) {
        Json made{{"name", name},
                  {"enabler", "1.1"},
                  {"servers",
                   {{{"shortServerId", 101},
                     {"uri", "coap://dm.example:5683"},
                     {"security", {{"mode", "nosec"}}}}}},
                  {"bootstrapAccount", {{"keys", keys}}}};
        backend.add_profile(made.dump());
    }
    void make(const std::string& endpoint, const std::string& profile) {
        provisioning::Device made{
            *model::EndpointName::from(endpoint), "", "", profile, {}, {}, {}, {}};
        backend.kept.devices[endpoint] =
            std::make_shared<store::DeviceRecord>(store::DeviceRecord{std::move(made)});
    }
    Response order(const std::string& body) { return send("POST", "/v1/rotations", body); }
};

TEST_F(HttpRotations, AreOrderedForOneDevice) {
    const Response response = send("POST", "/v1/devices/meter-1:rotate");
    EXPECT_EQ(response.status, 202U) << response.body;
    EXPECT_EQ(Json::parse(response.body),
              (Json{{"endpoint", "meter-1"}, {"rotationOrdered", true}}));
    EXPECT_THAT(backend.rotated, ElementsAre("meter-1"));
    EXPECT_THAT(audited(), ElementsAre("token ops device.rotate meter-1"));
}

TEST_F(HttpRotations, AreRefusedWhereTheyWouldWaitForEver) {
    const Response response = send("POST", "/v1/devices/meter-2:rotate");
    EXPECT_EQ(response.status, 422U);
    EXPECT_THAT(detail(response), HasSubstr("\"keeps\" does not replace"));
    EXPECT_EQ(send("POST", "/v1/devices/nobody:rotate").status, 404U);
    EXPECT_TRUE(backend.rotated.empty());
}

// The end of the path is no part of the name, whatever else the name has of it.
TEST_F(HttpRotations, FindDevicesWhoseNamesHaveColons) {
    make("urn:dev:1:rotate", "replaces");
    EXPECT_EQ(send("POST", "/v1/devices/urn:dev:1:rotate:rotate").status, 202U);
    EXPECT_EQ(send("POST", "/v1/devices/urn:dev:1:rotate").status, 404U);
    EXPECT_EQ(get("/v1/devices/urn:dev:1:rotate").status, 200U);
    EXPECT_EQ(send("POST", "/v1/devices/:rotate").status, 405U);
}

TEST_F(HttpRotations, AreBegunListedAndCancelled) {
    const Response begun = order(R"({"profile": "replaces", "prefix": "meter-", "trigger": true})");
    EXPECT_EQ(begun.status, 202U) << begun.body;
    EXPECT_EQ(header(begun, "Location"), "/v1/rotations");
    const Json one = Json::parse(begun.body);
    EXPECT_EQ(one["id"], "r1");
    EXPECT_EQ(one["state"], "running");
    EXPECT_EQ(one["trigger"], true);
    EXPECT_TRUE(one["ended"].is_null());
    const auto& shown = backend.rotations_shown.at(0);
    EXPECT_EQ(shown.order.profile, "replaces");
    EXPECT_EQ(shown.order.prefix, "meter-");
    EXPECT_EQ(got("/v1/rotations")["rotations"], Json::array({one}));
    EXPECT_EQ(send("DELETE", "/v1/rotations/r1").status, 204U);
    EXPECT_EQ(send("DELETE", "/v1/rotations/r1").status, 409U);
    EXPECT_EQ(send("DELETE", "/v1/rotations/r2").status, 404U);
    EXPECT_EQ(got("/v1/rotations")["rotations"][0]["state"], "cancelled");
    EXPECT_THAT(audited(),
                ElementsAre("token ops rotation.order ", "token ops rotation.cancel r1"));
}

TEST_F(HttpRotations, RefuseWhatIsNoOrder) {
    EXPECT_EQ(order("{").status, 400U);
    EXPECT_EQ(order("{}").status, 422U);
    EXPECT_EQ(order("[]").status, 422U);
    EXPECT_THAT(pointers(order(R"({"profile": 1})")), ElementsAre("/profile"));
    EXPECT_THAT(pointers(order(R"({"prefix": "", "triger": true})")), ElementsAre("/triger"));
    EXPECT_EQ(send("POST", "/v1/rotations", "{}", "text/plain").status, 415U);
    backend.rotations_full = true;
    EXPECT_EQ(order(R"({"prefix": ""})").status, 409U);
}

TEST_F(HttpRotations, AreSeenAtTheDevice) {
    auto record = *backend.kept.devices.at("meter-1");
    provisioning::AccountKey retired;
    retired.state = provisioning::AccountKey::State::retired;
    retired.psk = {wire::Bytes{0xFF, 1}, model::Secret(wire::as_bytes("0123456789abcdef"))};
    retired.generated = true;
    retired.session = "s-1";
    retired.until = store::WallTime(std::chrono::seconds(1));
    record.state.keyring = provisioning::Keyring({retired}, true);
    record.state.secrets["dm"] = {};
    record.state.to_purge = {3};
    backend.kept.devices["meter-1"] = std::make_shared<store::DeviceRecord>(record);
    const Response response = get("/v1/devices/meter-1");
    EXPECT_EQ(Json::parse(response.body)["account"],
              (Json{{"keys",
                     {{{"identity", "hex:ff01"},
                       {"state", "retired"},
                       {"generated", true},
                       {"session", "s-1"},
                       {"until", "1970-01-01T00:00:01.000Z"}}}},
                    {"secrets", {"dm"}},
                    {"rotationOrdered", true},
                    {"expires", nullptr},
                    {"purge", {3}}}));
    EXPECT_THAT(response.body, testing::Not(HasSubstr("3031323334")));
}

}  // namespace
