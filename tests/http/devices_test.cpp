#include "tests/http/api_fixture.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* profile = R"({"name": "water", "enabler": "1.1", "servers": [
    {"shortServerId": 101, "uri": "coaps://dm.example:5684",
     "security": {"mode": "psk", "identity": "${endpoint}", "key": "${device.dmKey}"}}]})";

class HttpDevices : public ApiTest {
  protected:
    HttpDevices() { backend.add_profile(profile); }

    static Json device(const std::string& endpoint) {
        return {{"endpoint", endpoint},
                {"profile", "water"},
                {"credentials", {{"psk", {{"identity", endpoint}, {"key", "00ff"}}}}},
                {"variables", {{"dmKey", "deadbeef"}}}};
    }
    Response put(const std::string& endpoint, const Json& body) {
        return send("PUT", "/v1/devices/" + endpoint, body.dump());
    }
    Response put_if(const std::string& endpoint, std::optional<std::string> match,
                    std::optional<std::string> none_match = std::nullopt) {
        auto made = request("PUT", "/v1/devices/" + endpoint, device(endpoint).dump());
        made.if_match = std::move(match);
        made.if_none_match = std::move(none_match);
        return send(std::move(made));
    }
    void declare(const std::string& endpoint, const std::string& file) {
        auto record = *backend.kept.devices.at(endpoint);
        record.device.file = file;
        backend.kept.devices[endpoint] = std::make_shared<store::DeviceRecord>(record);
    }
};

TEST_F(HttpDevices, AreMadeShownAndReplaced) {
    Json body = device("urn:imei:1");
    body["identifiers"] = {{"imsi", "001010000000001"}};
    body["reach"] = {{"mode", "dial"}, {"port", 5684}};
    const Response made = put("urn:imei:1", body);
    EXPECT_EQ(made.status, 201U) << made.body;
    EXPECT_EQ(header(made, "ETag"), "\"1\"");
    EXPECT_EQ(header(made, "Location"), "/v1/devices/urn:imei:1");

    const Json shown = got("/v1/devices/urn:imei:1");
    EXPECT_EQ(shown,
              (Json{{"endpoint", "urn:imei:1"},
                    {"profile", "water"},
                    {"identifiers", {{"imsi", "001010000000001"}}},
                    {"credentials", {{"psk", {{"identity", "urn:imei:1"}, {"key", nullptr}}}}},
                    {"reach", {{"mode", "dial"}, {"port", 5684}}},
                    {"variables", {{"dmKey", nullptr}}},
                    {"revision", 1},
                    {"file", ""},
                    {"disabled", false},
                    {"created", "1970-01-01T00:00:00.000Z"},
                    {"updated", "1970-01-01T00:00:00.000Z"},
                    {"account",
                     {{"keys", Json::array()},
                      {"secrets", Json::array()},
                      {"rotationOrdered", false},
                      {"expires", nullptr},
                      {"purge", Json::array()}}}}));
    // What was shown goes back, and keeps its secrets.
    const Response replaced = put("urn:imei:1", shown);
    EXPECT_EQ(replaced.status, 204U) << replaced.body;
    EXPECT_EQ(header(replaced, "ETag"), "\"2\"");
    const auto& stored = backend.kept.devices.at("urn:imei:1")->device;
    EXPECT_EQ(stored.variables.at("dmKey"), "deadbeef");
    EXPECT_EQ(stored.credentials.psk->key.size(), 2U);
    EXPECT_THAT(audited(),
                ElementsAre("token ops device.put urn:imei:1", "token ops device.put urn:imei:1"));
    for (const auto& entry : backend.kept.entries)
        EXPECT_THAT(entry.detail, Not(HasSubstr("deadbeef")));
}

TEST_F(HttpDevices, TakeTheEndpointOfThePath) {
    Json body = device("a");
    body.erase("endpoint");
    EXPECT_EQ(put("a%2Fb", body).status, 201U);
    EXPECT_TRUE(backend.kept.devices.contains("a/b"));
    EXPECT_EQ(header(get("/v1/devices/a%2Fb"), "ETag"), "\"1\"");
    const Response other = put("c", device("d"));
    EXPECT_EQ(other.status, 422U);
    EXPECT_THAT(pointers(other), ElementsAre("/endpoint"));
}

TEST_F(HttpDevices, TellEveryProblemByItsPointer) {
    Json body = device("a");
    body["identifiers"] = {{"imsi", "12x"}};
    body["credentials"]["psk"]["key"] = "0";
    body["wrong"] = 1;
    const Response response = put("a", body);
    EXPECT_EQ(response.status, 422U);
    EXPECT_THAT(pointers(response), testing::UnorderedElementsAre(
                                        "/identifiers/imsi", "/credentials/psk/key", "/wrong"));
    EXPECT_TRUE(backend.kept.devices.empty());

    Json unknown = device("a");
    unknown["profile"] = "gas";
    EXPECT_THAT(pointers(put("a", unknown)), ElementsAre("/profile"));
    Json incomplete = device("a");
    incomplete.erase("variables");
    EXPECT_THAT(pointers(put("a", incomplete)), ElementsAre("/variables"));
    EXPECT_EQ(send("PUT", "/v1/devices/a", "{").status, 400U);
    EXPECT_EQ(send("PUT", "/v1/devices/a", "[]").status, 422U);
    EXPECT_EQ(send("PUT", "/v1/devices/a", "{}", "text/plain").status, 415U);
}

TEST_F(HttpDevices, KeepNoSecretThatIsNotThere) {
    Json body = device("a");
    body["credentials"]["psk"]["key"] = nullptr;
    const Response response = put("a", body);
    EXPECT_EQ(response.status, 422U);
    EXPECT_THAT(pointers(response), ElementsAre("/credentials/psk/key"));
}

TEST_F(HttpDevices, AreOnlyChangedUnderTheirConditions) {
    EXPECT_EQ(put_if("a", "\"1\"").status, 412U);
    EXPECT_EQ(put_if("a", "*").status, 412U);
    EXPECT_EQ(put_if("a", std::nullopt, "*").status, 201U);
    const Response again = put_if("a", std::nullopt, "*");
    EXPECT_EQ(again.status, 412U);
    EXPECT_EQ(header(again, "ETag"), "\"1\"");
    EXPECT_EQ(put_if("a", "\"0\", \"1\"").status, 204U);
    EXPECT_EQ(put_if("a", "W/\"2\"").status, 412U);  // never the same, RFC 9110 §8.8.3.2
    EXPECT_EQ(put_if("a", "\"somebody's\"").status, 412U);
    EXPECT_EQ(put_if("a", "*").status, 204U);
    for (const char* broken : {"1", "\"1", "", ",", "\"1\" \"2\"", "*,\"1\""})
        EXPECT_EQ(put_if("a", broken).status, 400U) << broken;
    EXPECT_EQ(put_if("a", std::nullopt, "\"1\"").status, 400U);

    auto removal = request("DELETE", "/v1/devices/a");
    removal.if_match = "\"1\"";
    EXPECT_EQ(send(removal).status, 412U);
    removal.if_match = "\"3\"";
    EXPECT_EQ(send(removal).status, 204U);
    EXPECT_EQ(send("DELETE", "/v1/devices/a").status, 404U);
}

TEST_F(HttpDevices, AreNotSentAgainToWhoHasThem) {
    put("a", device("a"));
    auto question = request("GET", "/v1/devices/a");
    for (const auto& [tag, status] : std::vector<std::pair<std::string, unsigned>>{
             {"\"1\"", 304}, {"W/\"1\"", 304}, {"\"7\", \"1\"", 304}, {"*", 304}, {"\"2\"", 200}}) {
        question.if_none_match = tag;
        const Response response = send(question);
        EXPECT_EQ(response.status, status) << tag;
        EXPECT_EQ(header(response, "ETag"), "\"1\"");
        EXPECT_EQ(response.body.empty(), status == 304);
    }
}

TEST_F(HttpDevices, OfAFileAreChangedThere) {
    put("a", device("a"));
    declare("a", "devices.d/a.json");
    for (const Response& response : {put("a", device("a")), send("DELETE", "/v1/devices/a")}) {
        EXPECT_EQ(response.status, 409U);
        EXPECT_THAT(detail(response), HasSubstr("devices.d/a.json"));
    }
    EXPECT_EQ(got("/v1/devices/a")["file"], "devices.d/a.json");
}

TEST_F(HttpDevices, NameTheTwinThatHasTheSameIdentifier) {
    Json body = device("a");
    body["identifiers"] = {{"imsi", "001010000000001"}};
    put("a", body);
    body["endpoint"] = "b";
    const Response response = put("b", body);
    EXPECT_EQ(response.status, 409U);
    EXPECT_EQ(detail(response), "the imsi is that of the device \"a\"");
    EXPECT_THAT(pointers(response), ElementsAre("/identifiers/imsi"));
}

TEST_F(HttpDevices, AreListedPageByPage) {
    for (const char* name : {"a", "b", "c"}) put(name, device(name));
    const Response first = get("/v1/devices?limit=2&profile=water%20meter");
    const Json page = Json::parse(first.body);
    EXPECT_EQ(page["devices"].size(), 2U);
    EXPECT_EQ(page["devices"][0]["endpoint"], "a");
    EXPECT_TRUE(page["devices"][0]["credentials"]["psk"]["key"].is_null());
    const std::string next = page["next"];
    EXPECT_EQ(header(first, "Link"),
              "</v1/devices?limit=2&profile=water%20meter&after=" + next + ">; rel=\"next\"");
    const Json last = got("/v1/devices?limit=2&after=" + next);
    EXPECT_EQ(last["devices"].size(), 1U);
    EXPECT_TRUE(last["next"].is_null());
}

TEST_F(HttpDevices, AreFiltered) {
    got("/v1/devices?profile=water&prefix=urn%3A&disabled=true&file=x.json&limit=7");
    const auto& filter = *backend.kept.last_device_filter;
    EXPECT_EQ(filter.profile, "water");
    EXPECT_EQ(filter.prefix, "urn:");
    EXPECT_EQ(filter.disabled, true);
    EXPECT_EQ(filter.file, "x.json");
    EXPECT_EQ(filter.page.limit, 7U);
    for (const char* query :
         {"limit=0", "limit=1001", "limit=", "disabled=yes", "imsi=", "x=1", "limit=1&limit=2"})
        EXPECT_EQ(get("/v1/devices?" + std::string(query)).status, 400U) << query;
    // A cursor that was made up, or is of another list, is found out.
    put("a", device("a"));
    put("b", device("b"));
    const std::string cursor = got("/v1/devices?limit=1")["next"];
    for (const std::string& after : {std::string("zz"), std::string(), cursor + "61", cursor + "6"})
        EXPECT_EQ(get("/v1/devices?after=" + after).status, 422U) << after;
    EXPECT_EQ(get("/v1/audit?after=" + cursor).status, 422U);
}

TEST_F(HttpDevices, AreFoundByTheirIdentifiers) {
    Json body = device("a");
    body["identifiers"] = {{"imsi", "001010000000001"}, {"msisdn", "882212345678"}};
    put("a", body);
    put("b", device("b"));
    const auto found = [&](const std::string& query) {
        std::vector<std::string> names;
        const Json page = got("/v1/devices?" + query);
        for (const auto& each : page["devices"]) names.push_back(each["endpoint"]);
        return names;
    };
    EXPECT_THAT(found("imsi=001010000000001"), ElementsAre("a"));
    EXPECT_THAT(found("msisdn=%2B882212345678&imsi=001010000000001"), ElementsAre("a"));
    EXPECT_THAT(found("pskIdentity=hex:62"), ElementsAre("b"));
    EXPECT_THAT(found("imsi=001010000000001&pskIdentity=b"), ElementsAre());
    EXPECT_THAT(found("imsi=001010000000002"), ElementsAre());
    EXPECT_THAT(found("imsi=001010000000001&prefix=b"), ElementsAre());
    EXPECT_EQ(get("/v1/devices?pskIdentity=hex:6").status, 422U);
}

TEST_F(HttpDevices, SayThatTheStoreCannot) {
    for (const auto& [code, status] :
         std::vector<std::pair<store::Errc, unsigned>>{{store::Errc::busy, 503},
                                                       {store::Errc::disk_full, 503},
                                                       {store::Errc::closed, 503},
                                                       {store::Errc::failed, 500}}) {
        backend.kept.error = store::Error{code, "no more room"};
        for (const Response& response :
             {put("a", device("a")), get("/v1/devices/a"), get("/v1/devices"),
              get("/v1/devices?imsi=001010000000001"), send("DELETE", "/v1/devices/a")}) {
            EXPECT_EQ(response.status, status);
            EXPECT_EQ(detail(response), "no more room");
            EXPECT_EQ(header(response, "Retry-After").empty(), status != 503);
        }
    }
}

TEST_F(HttpDevices, AnswerOnTheControlThread) {
    backend.later = true;
    bool answered = false;
    api.route(request("GET", "/v1/devices/a"), [&](const Response& response) {
        answered = true;
        EXPECT_EQ(response.status, 404U);
    });
    EXPECT_FALSE(answered);
    backend.run();
    EXPECT_TRUE(answered);
}

}  // namespace
