#include "server/attach/event.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "provisioning/model/endpoint_name.h"
#include "server/attach/forms.h"

// {"source": text, "id": text / number, "time": RFC 3339, "kind": text, "apn": text,
//  "endpoint": text, "imsi": digits, "imei": digits, "iccid": digits, "msisdn": [ "+" ] digits,
//  "externalId": text, "address": an IP address, "port": 1 to 65535}

namespace attach {
namespace {

using document::Node;

constexpr std::string_view detaching[] = {
    "delete", "deleted", "detach",   "detached", "disconnect", "disconnected", "end",
    "ended",  "release", "released", "stop",     "stopped",    "terminate",    "terminated",
};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// The text, if it is of that form; JSON has seen to the UTF-8.
std::optional<std::string> of_form(const Node& node, bool (*form)(std::string_view),
                                   const char* message, std::string remedy) {
    auto text = node.text();
    if (!text || form(*text)) return text;
    node.problem(message, std::move(remedy));
    return std::nullopt;
}

std::optional<std::string> plain_text(const Node& node) {
    return of_form(node, is_plain_text, "is empty, too long or has control characters",
                   "write 1 to " + std::to_string(max_text) + " octets of text");
}

std::optional<std::string> imsi(const Node& node) {
    return of_form(node, is_imsi, "is no IMSI", "write a text of 6 to 15 digits");
}

std::optional<std::string> imei(const Node& node) {
    return of_form(node, is_imei, "is no IMEI", "write a text of 14 to 16 digits");
}

std::optional<std::string> iccid(const Node& node) {
    return of_form(node, is_iccid, "is no ICCID", "write a text of 18 to 22 digits");
}

std::optional<std::string> msisdn(const Node& node) {
    return of_form(node, is_msisdn, "is no MSISDN",
                   "write a text of 5 to 15 digits, \"+\" before them or not");
}

std::optional<std::string> endpoint(const Node& node) {
    return of_form(
        node, [](std::string_view text) { return model::EndpointName::from(text).has_value(); },
        "is no Endpoint Client Name", "write 1 to 255 octets of text without control characters");
}

// A source's own id of the event: webhooks exist that number theirs.
std::optional<std::string> id(const Node& node) {
    if (node.json().is_number_integer()) return node.json().dump();
    return plain_text(node);
}

std::optional<std::string> time(const Node& node) {
    return of_form(node, is_date_time, "is no date and time",
                   "write it as in \"2026-05-01T10:00:00Z\" (RFC 3339)");
}

std::optional<wire::IpAddress> address(const Node& node) {
    const auto text = node.text();
    if (!text) return std::nullopt;
    auto parsed = wire::IpAddress::from(*text);
    if (parsed && is_of_a_device(*parsed)) return parsed;
    node.problem("is no address of a device",
                 "write one as in \"192.0.2.1\" or \"2001:db8::1\", the port apart");
    return std::nullopt;
}

std::optional<std::uint16_t> port(const Node& node) {
    const auto number = node.integer(1, 65535);
    if (!number) return std::nullopt;
    return static_cast<std::uint16_t>(*number);
}

// Reads the member where there is one.
template <class T>
void read(const Node& node, std::string_view key, std::optional<T> (*parse)(const Node&),
          std::optional<T>& into) {
    if (const auto member = node.member(key)) into = parse(*member);
}

}  // namespace

Event::Kind kind_of(std::string_view word) {
    const bool detaches = std::ranges::any_of(detaching, [&](std::string_view known) {
        return std::ranges::equal(word, known, {}, lower);
    });
    return detaches ? Event::Kind::detached : Event::Kind::attached;
}

std::optional<Event> parse_event(const Node& node) {
    const auto problems = node.problem_count();
    if (!node.is_object()) {
        node.object();
        return std::nullopt;
    }
    node.object({"source", "id", "time", "kind", "endpoint", "imsi", "imei", "iccid", "msisdn",
                 "externalId", "address", "port", "apn"});
    Event event;
    std::optional<std::string> source;
    read(node, "source", plain_text, source);
    event.source = std::move(source).value_or("");
    read(node, "id", id, event.id);
    read(node, "time", time, event.time);
    read(node, "kind", plain_text, event.kind);
    event.what = kind_of(event.kind.value_or(""));
    read(node, "apn", plain_text, event.apn);
    read(node, "endpoint", endpoint, event.endpoint);
    read(node, "imsi", imsi, event.imsi);
    read(node, "imei", imei, event.imei);
    read(node, "iccid", iccid, event.iccid);
    read(node, "msisdn", msisdn, event.msisdn);
    read(node, "externalId", plain_text, event.external_id);
    read(node, "address", address, event.address);
    read(node, "port", port, event.port);

    constexpr const char* identifiers[] = {"endpoint", "imsi",   "imei",
                                           "iccid",    "msisdn", "externalId"};
    const bool names_a_device = std::ranges::any_of(
        identifiers, [&](const char* key) { return node.member(key).has_value(); });
    if (!names_a_device)
        node.problem("names no device",
                     "add \"endpoint\", \"imsi\", \"imei\", \"iccid\", \"msisdn\" or "
                     "\"externalId\"");
    if (node.problem_count() != problems) return std::nullopt;
    return event;
}

}  // namespace attach
