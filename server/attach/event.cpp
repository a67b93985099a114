#include "server/attach/event.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "provisioning/model/endpoint_name.h"

// {"source": text, "id": text / number, "time": RFC 3339, "kind": text, "apn": text,
//  "endpoint": text, "imsi": digits, "imei": digits, "iccid": digits, "msisdn": [ "+" ] digits,
//  "externalId": text, "address": an IP address, "port": 1 to 65535}

namespace attach {
namespace {

using document::Node;

constexpr std::size_t max_text = 255;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// JSON has seen to the UTF-8.
std::optional<std::string> plain_text(const Node& node) {
    auto text = node.text();
    if (!text) return std::nullopt;
    const bool has_control = std::ranges::any_of(
        *text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    if (!text->empty() && text->size() <= max_text && !has_control) return text;
    node.problem("is empty, too long or has control characters",
                 "write 1 to " + std::to_string(max_text) + " octets of text");
    return std::nullopt;
}

std::optional<std::string> digits(const Node& node, std::size_t fewest, std::size_t most,
                                  bool plus = false) {
    auto text = node.text();
    if (!text) return std::nullopt;
    std::string_view number = *text;
    if (plus && number.starts_with('+')) number.remove_prefix(1);
    if (number.size() >= fewest && number.size() <= most && std::ranges::all_of(number, is_digit))
        return text;
    node.problem("is not such a number", "write a text of " + std::to_string(fewest) + " to " +
                                             std::to_string(most) + " digits");
    return std::nullopt;
}

std::optional<std::string> imsi(const Node& node) {
    return digits(node, 6, 15);  // TS 23.003 §2.2
}

std::optional<std::string> imei(const Node& node) {
    return digits(node, 14, 16);  // TS 23.003 §6.2: without its check digit, with it; IMEISV
}

std::optional<std::string> iccid(const Node& node) {
    return digits(node, 18, 22);  // ITU-T E.118
}

std::optional<std::string> msisdn(const Node& node) {
    return digits(node, 5, 15, true);  // ITU-T E.164
}

std::optional<std::string> endpoint(const Node& node) {
    auto text = node.text();
    if (!text) return std::nullopt;
    if (model::EndpointName::from(*text)) return text;
    node.problem("is no Endpoint Client Name",
                 "write 1 to 255 octets of text without control characters");
    return std::nullopt;
}

// A source's own id of the event: webhooks exist that number theirs.
std::optional<std::string> id(const Node& node) {
    if (node.json().is_number_integer()) return node.json().dump();
    return plain_text(node);
}

bool matches(std::string_view text, std::string_view pattern) {
    return std::ranges::equal(text, pattern, [](char c, char wanted) {
        return wanted == '0' ? is_digit(c) : c == wanted;
    });
}

// RFC 3339 §5.6, date-time; the ranges of its numbers are not looked at.
bool is_date_time(std::string_view text) {
    constexpr std::string_view seconds = "0000-00-00T00:00:00";
    if (text.size() > 40 || !matches(text.substr(0, seconds.size()), seconds)) return false;
    text.remove_prefix(seconds.size());
    if (text.starts_with('.')) {
        const auto end = text.find_first_not_of("0123456789", 1);
        if (end == 1 || end == std::string_view::npos) return false;
        text.remove_prefix(end);
    }
    return text == "Z" || matches(text, "+00:00") || matches(text, "-00:00");
}

std::optional<std::string> time(const Node& node) {
    auto text = node.text();
    if (!text) return std::nullopt;
    if (is_date_time(*text)) return text;
    node.problem("is no date and time", "write it as in \"2026-05-01T10:00:00Z\" (RFC 3339)");
    return std::nullopt;
}

// Whether one device can be there.
bool is_unicast(const wire::IpAddress& address) {
    if (address.is_unspecified()) return false;
    const auto first = address.octets()[0];
    return address.family() == wire::IpAddress::Family::v4 ? first < 224 && first != 0
                                                           : first != 0xFF;
}

std::optional<wire::IpAddress> address(const Node& node) {
    const auto text = node.text();
    if (!text) return std::nullopt;
    auto parsed = wire::IpAddress::from(*text);
    if (parsed && is_unicast(*parsed)) return parsed;
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
