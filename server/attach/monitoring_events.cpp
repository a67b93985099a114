// {"subscription": URI,
//  "monitoringEventReports": [
//    {"monitoringType": "PDN_CONNECTIVITY_STATUS" / "UE_REACHABILITY" / another,
//     "externalId": text, "msisdn": text, "eventTime": date-time,
//     "pdnConnInfoList": [
//       {"status": "CREATED" / "RELEASED" / another, "apn": text, "pdnType": text,
//        "ipv4Addr": text, "ipv6Addrs": [text ...], "ipv6Addr": text} ...]} ...]}

#include "server/attach/monitoring_events.h"

#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "server/attach/pointer_mapping.h"

namespace attach {
namespace {

using document::Node;

// The text of a member; nothing when it is absent or no text.
std::optional<std::string> text_of(const Node& object, std::string_view key) {
    const auto member = object.is_object() ? object.member(key) : std::nullopt;
    return member ? scalar_text(member->json()) : std::nullopt;
}

void set(Event& event, Field field, const Node& object, std::string_view key) {
    if (const auto value = object.member(key)) set_field(event, field, *value);
}

Event event_of(const Node& report, std::string kind) {
    Event event;
    event.source = "3gpp";
    event.kind = std::move(kind);
    set(event, Field::external_id, report, "externalId");
    set(event, Field::msisdn, report, "msisdn");
    set(event, Field::time, report, "eventTime");
    return event;
}

// IPv4 before IPv6, the first of several.
void set_address(Event& event, const Node& connection) {
    set(event, Field::address, connection, "ipv4Addr");
    if (event.address) return;
    if (const auto list = connection.member("ipv6Addrs"); list && list->is_array())
        for (std::size_t i = 0; i < list->size() && !event.address; ++i)
            set_field(event, Field::address, list->element(i));
    if (!event.address) set(event, Field::address, connection, "ipv6Addr");
}

// The connections of the index-th report, and where it is.
struct Place {
    const nlohmann::json& report;
    std::string pointer;
};

void read_connections(const Place& place, Reports& reports) {
    const auto connections = place.report.find("pdnConnInfoList");
    if (connections == place.report.end() || !connections->is_array()) return reports.pass_over();
    for (std::size_t i = 0; i < connections->size(); ++i) {
        auto& problems = reports.next();
        const Node report(place.report, "body", place.pointer, problems);
        const Node connection((*connections)[i], "body",
                              place.pointer + "/pdnConnInfoList/" + std::to_string(i), problems);
        const auto status = text_of(connection, "status");
        if (!connection.object()) {
            reports.spoil();
        } else if (status == "CREATED" || status == "RELEASED") {
            Event event = event_of(report, "PDN_CONNECTIVITY_STATUS");
            event.what = status == "CREATED" ? Event::Kind::attached : Event::Kind::detached;
            set(event, Field::apn, connection, "apn");
            set_address(event, connection);
            reports.add(std::move(event), report);
        } else {
            reports.pass_over();
        }
    }
}

void read_report(const Place& place, Reports& reports) {
    const Node report(place.report, "body", place.pointer, reports.next());
    if (!report.object()) return reports.spoil();
    const auto type = text_of(report, "monitoringType");
    if (!type) {
        report.problem_at("/monitoringType", "is missing", "send the type of the report");
        return reports.spoil();
    }
    if (*type == "PDN_CONNECTIVITY_STATUS") return read_connections(place, reports);
    if (*type == "UE_REACHABILITY") return reports.add(event_of(report, *type), report);
    reports.pass_over();
}

// Each connection makes an event.
std::size_t size_of(const nlohmann::json& reports) {
    std::size_t size = reports.size();
    for (const auto& report : reports)
        if (report.is_object())
            if (const auto list = report.find("pdnConnInfoList"); list != report.end())
                size += list->size();
    return size;
}

}  // namespace

std::optional<Mapping::Mapped> MonitoringEvents::map(const nlohmann::json& body,
                                                     document::Problems& problems) const {
    const Node whole(body, "body", "", problems);
    if (!whole.object()) return std::nullopt;
    const auto list = whole.member("monitoringEventReports");
    if (!list) {
        // It may tell that the subscription has ended or is set up.
        if (whole.member("subscription")) return Mapped{{}, 1, 0};
        whole.problem_at("/subscription", "is missing", "send a MonitoringNotification");
        return std::nullopt;
    }
    if (!list->array()) return std::nullopt;
    if (size_of(list->json()) > max_events_of_a_body) {
        list->problem("has too many reports",
                      "send at most " + std::to_string(max_events_of_a_body) + " at once");
        return std::nullopt;
    }
    Reports reports(problems);
    for (std::size_t i = 0; i < list->size(); ++i)
        read_report({list->json()[i], list->pointer() + '/' + std::to_string(i)}, reports);
    return reports.take();
}

}  // namespace attach
