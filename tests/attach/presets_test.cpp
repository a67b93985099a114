#include "tests/attach/mapping_fixture.h"

namespace attach {
namespace {

TEST(Presets, AreTheOnesThatTheyAreSaidToBe) {
    EXPECT_EQ(preset_names(), (std::vector<std::string_view>{"3gpp", "camara", "emnify", "kore"}));
    for (const auto name : preset_names()) EXPECT_TRUE(preset(name)) << name;
    EXPECT_FALSE(preset("soracom"));
    EXPECT_FALSE(preset(""));
    EXPECT_EQ(preset("3gpp")->success_status(), 204U);
    EXPECT_EQ(preset("camara")->success_status(), 204U);
    EXPECT_EQ(preset("emnify")->success_status(), 202U);
    EXPECT_EQ(preset("kore")->success_status(), 202U);
}

TEST(Presets, RefuseWhatIsNoBodyOfReports) {
    for (const auto name : preset_names())
        for (const auto* body : {"null", "1", "\"x\"", "true", "[1]", "[null, []]"})
            EXPECT_FALSE(map_body(preset(name), body).mapped) << name << body;
}

// ---- emnify and 1NCE: docs.emnify.com, "Data connection lifecycle", shortened ----

constexpr const char* created = R"({"timestamp": "2021-10-27T08:38:02.000Z", "alert": false,
  "id": 31877325941, "event_type": {"id": 3, "description": "Create PDP Context"},
  "event_source": {"id": 0, "description": "Network"},
  "endpoint": {"id": 20200078, "imei": "960407272413998", "ip_address": "189.79.243.228",
               "name": "Test Sim 2", "tags": null},
  "sim": {"iccid": "5746435358418205328", "id": 646486, "msisdn": "882285100000001"},
  "imsi": {"id": 12105613, "imsi": "693601932595201"},
  "detail": {"id": 3, "pdp_context": {"apn": "em", "rac": null, "ue_ip_address": "10.199.6.67",
                                      "imeisv": "9604072724139900"}}})";

TEST(EmnifyPreset, TakesACreatedContextForAnAttach) {
    const auto body = map_body(preset("emnify"), created);
    ASSERT_EQ(body.size(), 1U);
    const Event event = body.event();
    EXPECT_EQ(event.source, "emnify");
    EXPECT_EQ(event.what, Event::Kind::attached);
    EXPECT_EQ(event.id, "31877325941");
    EXPECT_EQ(event.time, "2021-10-27T08:38:02.000Z");
    EXPECT_EQ(event.kind, "Create PDP Context");
    EXPECT_EQ(event.imsi, "693601932595201");
    EXPECT_EQ(event.iccid, "5746435358418205328");
    EXPECT_EQ(event.msisdn, "882285100000001");
    EXPECT_EQ(event.imei, "960407272413998");
    EXPECT_EQ(event.address, wire::IpAddress::from("10.199.6.67"));
    EXPECT_EQ(event.apn, "em");
    EXPECT_FALSE(event.endpoint);
}

TEST(EmnifyPreset, TakesTheArraysOf1nce) {
    const auto deleted =
        R"({"id": 2, "event_type": {"id": 5}, "imsi": {"imsi": "693601932595201"}})";
    const auto updated =
        R"({"id": 3, "event_type": {"id": 1}, "imsi": {"imsi": "693601932595201"}})";
    const auto body = map_body(preset("emnify"),
                               "[" + std::string(created) + "," + deleted + "," + updated + "]");
    ASSERT_EQ(body.size(), 2U);
    EXPECT_EQ(body.event(0).what, Event::Kind::attached);
    EXPECT_EQ(body.event(1).what, Event::Kind::detached);
    EXPECT_EQ(body.mapped->passed_over, 1U);
    EXPECT_EQ(map_body(preset("emnify"), "[]").size(), 0U);
}

TEST(EmnifyPreset, TakesTheNextBestImeiAndAddress) {
    const auto body = map_body(preset("emnify"), R"({"event_type": {"id": 3},
        "endpoint": {"imei": null, "ip_address": "10.1.2.3"},
        "detail": {"pdp_context": {"imeisv": "9604072724139900", "ue_ip_address": ""}}})");
    ASSERT_EQ(body.size(), 1U);
    EXPECT_EQ(body.event().imei, "9604072724139900");
    EXPECT_EQ(body.event().address, wire::IpAddress::from("10.1.2.3"));
}

TEST(EmnifyPreset, SparesTheOthersABadReport) {
    const auto bad = R"({"event_type": {"id": 3}, "imsi": {"imsi": "no digits"}})";
    const auto nobody = R"({"event_type": {"id": 3}})";
    const auto body =
        map_body(preset("emnify"), "[" + std::string(bad) + "," + created + "," + nobody + ", 1]");
    ASSERT_EQ(body.size(), 1U);
    EXPECT_EQ(body.mapped->spoilt, 3U);
    EXPECT_EQ(map_body(preset("emnify"), "[" + std::string(bad) + "," + nobody + "]").pointers,
              (std::set<std::string>{"/0/imsi/imsi", "/1"}));
    EXPECT_EQ(map_body(preset("emnify"), bad).pointers, std::set<std::string>{"/imsi/imsi"});
}

// ---- KORE Super SIM ----

TEST(KorePreset, TakesSessionsThatStartAndEnd) {
    const auto body = map_body(preset("kore"), R"([
      {"specversion": "1.0", "id": "EZ1", "time": "2026-05-01T10:00:00.000Z",
       "type": "com.twilio.iot.supersim.connection.data-session.started",
       "data": {"imsi": "001010000000001", "imei": "358000000000001",
                "sim_iccid": "8988211000000000001", "ip_address": "100.64.0.10", "apn": "super"}},
      {"id": "EZ2", "type": "com.twilio.iot.supersim.connection.data-session.ended",
       "data": {"imsi": "001010000000001"}},
      {"id": "EZ3", "type": "com.twilio.iot.supersim.connection.attachment.accepted",
       "data": {"imsi": "001010000000001"}}])");
    ASSERT_EQ(body.size(), 2U);
    const Event event = body.event(0);
    EXPECT_EQ(event.source, "kore");
    EXPECT_EQ(event.id, "EZ1");
    EXPECT_EQ(event.time, "2026-05-01T10:00:00.000Z");
    EXPECT_EQ(event.imsi, "001010000000001");
    EXPECT_EQ(event.imei, "358000000000001");
    EXPECT_EQ(event.iccid, "8988211000000000001");
    EXPECT_EQ(event.address, wire::IpAddress::v4({100, 64, 0, 10}));
    EXPECT_EQ(event.apn, "super");
    EXPECT_EQ(body.event(1).what, Event::Kind::detached);
    EXPECT_EQ(body.mapped->passed_over, 1U);
}

// ---- CAMARA ----

std::string camara_event(const std::string& type, const std::string& device,
                         const std::string& id = "\"a-1\"") {
    return R"({"id": )" + id + R"(, "source": "https://notify.example", "specversion": "1.0",
      "type": "org.camaraproject.)" +
           type + R"(", "datacontenttype": "application/json",
      "time": "2026-05-01T10:00:00Z", "data": {"subscriptionId": "s-1", "device": )" +
           device + "}}";
}

TEST(CamaraPreset, TakesReachabilityForAnAttach) {
    const auto body =
        map_body(preset("camara"),
                 camara_event("device-reachability-status-subscriptions.v0.reachability-data",
                              R"({"phoneNumber": "+882212345678",
                         "networkAccessIdentifier": "dev1@iot.example",
                         "ipv4Address": {"publicAddress": "203.0.113.7",
                                         "privateAddress": "10.0.0.1", "publicPort": 59765},
                         "ipv6Address": "2001:db8::1"})"));
    ASSERT_EQ(body.size(), 1U);
    const Event event = body.event();
    EXPECT_EQ(event.source, "camara");
    EXPECT_EQ(event.what, Event::Kind::attached);
    EXPECT_EQ(event.id, "a-1");
    EXPECT_EQ(event.time, "2026-05-01T10:00:00Z");
    EXPECT_EQ(event.msisdn, "+882212345678");
    EXPECT_EQ(event.external_id, "dev1@iot.example");
    EXPECT_EQ(event.address, wire::IpAddress::from("203.0.113.7"));
    EXPECT_EQ(event.port, 59765);
}

TEST(CamaraPreset, ReadsEveryTypeOfItsEvents) {
    const std::pair<const char*, std::optional<Event::Kind>> cases[] = {
        {"device-reachability-status-subscriptions.v0.reachability-data", Event::Kind::attached},
        {"device-reachability-status-subscriptions.v1.reachability-sms", Event::Kind::attached},
        {"device-reachability-status-subscriptions.v0.reachability-disconnected",
         Event::Kind::detached},
        {"device-roaming-status-subscriptions.v0.roaming-on", Event::Kind::attached},
        {"device-roaming-status-subscriptions.v0.roaming-off", Event::Kind::attached},
        {"device-roaming-status-subscriptions.v0.roaming-status", Event::Kind::attached},
        {"device-roaming-status-subscriptions.v0.roaming-change-country", Event::Kind::attached},
        {"device-roaming-status-subscriptions.v0.subscription-started", std::nullopt},
        {"device-reachability-status-subscriptions.v0.subscription-updated", std::nullopt},
        {"device-reachability-status-subscriptions.v0.subscription-ended", std::nullopt},
    };
    for (const auto& [type, kind] : cases) {
        const auto body =
            map_body(preset("camara"), camara_event(type, R"({"phoneNumber": "+882212345678"})"));
        ASSERT_TRUE(body.mapped) << type;
        EXPECT_EQ(body.size(), kind ? 1U : 0U) << type;
        EXPECT_EQ(body.mapped->passed_over, kind ? 0U : 1U) << type;
        if (kind) {
            EXPECT_EQ(body.event().what, *kind) << type;
        }
    }
}

TEST(CamaraPreset, TakesNumbersForIdsAndAnIpv6AddressAlone) {
    const auto body = map_body(
        preset("camara"),
        camara_event("device-roaming-status-subscriptions.v0.roaming-on",
                     R"({"phoneNumber": 882212345678, "ipv6Address": "2001:db8::1"})", "123654"));
    EXPECT_EQ(body.event().id, "123654");
    EXPECT_EQ(body.event().msisdn, "882212345678");
    EXPECT_EQ(body.event().address, wire::IpAddress::from("2001:db8::1"));
    EXPECT_FALSE(body.event().port);
}

TEST(CamaraPreset, TellsWhereAnIdentifierIsNone) {
    const auto type = "device-roaming-status-subscriptions.v0.roaming-on";
    EXPECT_EQ(map_body(preset("camara"), camara_event(type, R"({"phoneNumber": "home"})")).pointers,
              std::set<std::string>{"/data/device/phoneNumber"});
    EXPECT_EQ(map_body(preset("camara"), camara_event(type, R"({"phoneNumber": "+882212345678",
                                              "ipv4Address": {"publicAddress": "x",
                                                              "publicPort": 0}})"))
                  .pointers,
              (std::set<std::string>{"/data/device/ipv4Address/publicAddress",
                                     "/data/device/ipv4Address/publicPort"}));
    EXPECT_EQ(map_body(preset("camara"), camara_event(type, "null")).pointers,
              std::set<std::string>{""});
}

// ---- 3GPP: TS 29.122 §5.3.2 ----

std::string notification(const std::string& reports) {
    return R"({"subscription":
        "https://scef.example/3gpp-monitoring-event/v1/as1/subscriptions/1",
        "monitoringEventReports": [)" +
           reports + "]}";
}

TEST(MonitoringEventsPreset, TakesAConnectionForAnAttach) {
    const auto body = map_body(preset("3gpp"), notification(R"(
        {"monitoringType": "PDN_CONNECTIVITY_STATUS", "externalId": "dev1@iot.example",
         "msisdn": "882212345678", "eventTime": "2026-05-01T10:00:00Z",
         "pdnConnInfoList": [{"status": "CREATED", "apn": "iot", "pdnType": "IPV4",
                              "ipv4Addr": "100.64.0.10"}]})"));
    ASSERT_EQ(body.size(), 1U);
    const Event event = body.event();
    EXPECT_EQ(event.source, "3gpp");
    EXPECT_EQ(event.what, Event::Kind::attached);
    EXPECT_EQ(event.kind, "PDN_CONNECTIVITY_STATUS");
    EXPECT_EQ(event.external_id, "dev1@iot.example");
    EXPECT_EQ(event.msisdn, "882212345678");
    EXPECT_EQ(event.time, "2026-05-01T10:00:00Z");
    EXPECT_EQ(event.apn, "iot");
    EXPECT_EQ(event.address, wire::IpAddress::v4({100, 64, 0, 10}));
}

TEST(MonitoringEventsPreset, TakesSeveralReportsAndConnections) {
    const auto body = map_body(preset("3gpp"), notification(R"(
        {"monitoringType": "PDN_CONNECTIVITY_STATUS", "externalId": "a@iot.example",
         "pdnConnInfoList": [{"status": "RELEASED", "apn": "old", "ipv4Addr": "100.64.0.9"},
                             {"status": "CREATED", "ipv6Addrs": ["2001:db8::1", "2001:db8::2"]},
                             {"status": "MOVED"}, {"status": "CREATED", "pdnType": "NON_IP"}]},
        {"monitoringType": "UE_REACHABILITY", "msisdn": "882212345678",
         "reachabilityType": "DATA"},
        {"monitoringType": "CHANGE_OF_IMSI_IMEI_ASSOCIATION", "msisdn": "882212345678"},
        {"monitoringType": "SOMETHING_NEW", "extra": [1, 2, {}]},
        {"monitoringType": "PDN_CONNECTIVITY_STATUS", "msisdn": "882212345678"})"));
    ASSERT_EQ(body.size(), 4U);
    EXPECT_EQ(body.event(0).what, Event::Kind::detached);
    EXPECT_EQ(body.event(0).apn, "old");
    EXPECT_EQ(body.event(0).address, wire::IpAddress::from("100.64.0.9"));
    EXPECT_EQ(body.event(1).what, Event::Kind::attached);
    EXPECT_EQ(body.event(1).address, wire::IpAddress::from("2001:db8::1"));
    EXPECT_FALSE(body.event(2).address);
    EXPECT_EQ(body.event(3).kind, "UE_REACHABILITY");
    EXPECT_EQ(body.event(3).msisdn, "882212345678");
    EXPECT_FALSE(body.event(3).address);
    EXPECT_EQ(body.mapped->passed_over, 4U);
}

TEST(MonitoringEventsPreset, SparesTheOthersABadReport) {
    const auto body = map_body(preset("3gpp"), notification(R"(
        {"monitoringType": "UE_REACHABILITY", "msisdn": "882212345678"},
        {"monitoringType": "UE_REACHABILITY", "msisdn": "home"}, {}, 1,
        {"monitoringType": "PDN_CONNECTIVITY_STATUS", "msisdn": "882212345678",
         "pdnConnInfoList": [1, {"status": "CREATED", "ipv4Addr": "999.1.1.1"},
                             {"status": "CREATED", "ipv4Addr": "100.64.0.10"}]})"));
    ASSERT_EQ(body.size(), 2U);
    EXPECT_EQ(body.mapped->spoilt, 5U);
}

TEST(MonitoringEventsPreset, TellsWhatIsWrongWhereNothingIsLeft) {
    EXPECT_EQ(
        map_body(preset("3gpp"), notification(R"(
        {"monitoringType": "UE_REACHABILITY", "msisdn": "home"}, {},
        {"monitoringType": "UE_REACHABILITY"},
        {"monitoringType": "PDN_CONNECTIVITY_STATUS", "externalId": "a@iot.example",
         "pdnConnInfoList": [{"status": "CREATED", "ipv4Addr": "999.1.1.1"}]})"))
            .pointers,
        (std::set<std::string>{
            "/monitoringEventReports/0/msisdn", "/monitoringEventReports/1/monitoringType",
            "/monitoringEventReports/2", "/monitoringEventReports/3/pdnConnInfoList/0/ipv4Addr"}));
    EXPECT_EQ(map_body(preset("3gpp"), "{}").pointers, std::set<std::string>{"/subscription"});
}

TEST(MonitoringEventsPreset, PassesOverWhatHasNoReports) {
    const auto body = map_body(preset("3gpp"), R"({"subscription": "https://scef.example/1",
                                                   "cancelInd": true})");
    ASSERT_TRUE(body.mapped);
    EXPECT_EQ(body.mapped->passed_over, 1U);
    EXPECT_TRUE(map_body(preset("3gpp"), notification("")).mapped);
}

}  // namespace
}  // namespace attach
