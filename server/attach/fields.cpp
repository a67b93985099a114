#include "server/attach/fields.h"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

#include "provisioning/model/endpoint_name.h"
#include "server/attach/forms.h"

namespace attach {
namespace {

using document::Node;
using Member = std::optional<std::string> Event::*;

bool is_endpoint(std::string_view text) {
    return model::EndpointName::from(text).has_value();
}

// A field that is a text.
struct TextField {
    Field field;
    Member member;
    bool (*form)(std::string_view);
    const char* problem;  // null: left out
    const char* remedy;
};
constexpr TextField text_fields[] = {
    {Field::endpoint, &Event::endpoint, is_endpoint, "is no Endpoint Client Name",
     "send 1 to 255 octets of text without control characters"},
    {Field::imsi, &Event::imsi, is_imsi, "is no IMSI", "send 6 to 15 digits"},
    {Field::imei, &Event::imei, is_imei, "is no IMEI", "send 14 to 16 digits"},
    {Field::iccid, &Event::iccid, is_iccid, "is no ICCID", "send 18 to 22 digits"},
    {Field::msisdn, &Event::msisdn, is_msisdn, "is no MSISDN",
     "send 5 to 15 digits, \"+\" before them or not"},
    {Field::external_id, &Event::external_id, is_plain_text, "is no external id",
     "send 1 to 255 octets of text without control characters"},
    {Field::id, &Event::id, is_plain_text, nullptr, nullptr},
    {Field::kind, &Event::kind, is_plain_text, nullptr, nullptr},
    {Field::apn, &Event::apn, is_plain_text, nullptr, nullptr},
};

void set_address(Event& event, const Node& value, const std::string& text) {
    const auto address = wire::IpAddress::from(text);
    if (address && is_of_a_device(*address))
        event.address = address;
    else
        value.problem("is no address of a device", "send an IPv4 or IPv6 address, without a port");
}

void set_port(Event& event, const Node& value, const std::string& text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error == std::errc{} && end == text.data() + text.size() && port != 0)
        event.port = port;
    else
        value.problem("is no port", "send a number from 1 to 65535");
}

void set_time(Event& event, std::string text) {
    // "+0000", as some platforms write it.
    if (const auto at = text.find_last_of("+-");
        at != std::string::npos && at > 10 && text.size() == at + 5)
        text = text.substr(0, at + 3) + ':' + text.substr(at + 3);
    if (is_date_time(text)) {
        event.time = std::move(text);
        return;
    }
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return;
    // As seconds that would be in the year 5138.
    constexpr std::uint64_t first_milliseconds = 100'000'000'000;
    event.time = date_time(number < first_milliseconds ? number : number / 1000);
}

}  // namespace

std::optional<std::string> scalar_text(const nlohmann::json& value) {
    if (value.is_number_integer()) return value.dump();
    const auto* text = value.get_ptr<const std::string*>();
    if (text == nullptr || text->empty()) return std::nullopt;
    return *text;
}

bool set_field(Event& event, Field field, const Node& value) {
    const auto* const written = value.json().get_ptr<const std::string*>();
    const bool absent = value.is_null() || (written != nullptr && written->empty());
    if (absent) return false;
    const auto text = scalar_text(value.json());
    const auto problems = value.problem_count();
    const auto* const known = std::ranges::find(text_fields, field, &TextField::field);
    if (known != std::end(text_fields)) {
        const bool well = text && known->form(*text);
        if (well) event.*known->member = text;
        if (!well && known->problem != nullptr) value.problem(known->problem, known->remedy);
        return well;
    }
    if (field == Field::address) set_address(event, value, text.value_or(""));
    if (field == Field::port) set_port(event, value, text.value_or(""));
    if (field == Field::time) set_time(event, text.value_or(""));
    return value.problem_count() == problems;
}

bool names_a_device(const Event& event) {
    return event.endpoint || event.imsi || event.imei || event.iccid || event.msisdn ||
           event.external_id;
}

}  // namespace attach
