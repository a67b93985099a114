#include "server/outbound/server_request.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "config/document/document.h"
#include "server/wire/placeholders.h"

namespace outbound {
namespace {

constexpr std::size_t most_quoted = 200;

// What a stranger wrote, fit for a log and for an API.
std::string quoted(std::string_view text) {
    std::string result;
    for (const char octet : text.substr(0, most_quoted)) {
        const bool printable = octet >= ' ' && octet <= '~';
        if (printable || !result.ends_with(' ')) result += printable ? octet : ' ';
    }
    while (result.ends_with(' ')) result.pop_back();
    return result;
}

std::string with_text(std::string what, std::string_view text) {
    const std::string words = quoted(text);
    return words.empty() ? what : what + ": " + words;
}

std::optional<std::string> failure_in_leshan(const std::string& body) {
    document::Problems problems;
    const auto json = document::parse(body, "", problems);
    if (!json || !json->is_object()) return with_text("answered what Leshan does not", body);
    const auto is_true = [&](const char* key) {
        const auto member = json->find(key);
        return member != json->end() && member->is_boolean() && member->get<bool>();
    };
    const auto text = [&](const char* key) {
        const auto member = json->find(key);
        return member != json->end() && member->is_string() ? member->get<std::string>()
                                                            : std::string();
    };
    if (is_true("success") || is_true("delayed")) return std::nullopt;
    return with_text(with_text("the device refused", text("status")), text("errormessage"));
}

// Of the device, within what the HTTP request may take.
long device_timeout(wire::Duration timeout) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(timeout).count();
    return std::max<long>(1, static_cast<long>(seconds) - 1);
}

// In words, for a request can be made of a text too.
Requested refused(std::string why) {
    return Requested(boost::system::in_place_error, std::move(why));
}

std::string leshan_url(const LwM2mServer& server, const std::string& segment,
                       const std::string& instance) {
    std::string url = server.url;
    while (url.ends_with('/')) url.pop_back();
    return url + "/api/clients/" + segment + "/1/" + instance +
           "/9?timeout=" + std::to_string(device_timeout(server.timeout));
}

}  // namespace

Requested server_request(const LwM2mServer& server, std::string_view endpoint,
                         std::uint16_t instance) {
    const auto segment = wire::path_segment(endpoint);
    if (!segment) return refused("the endpoint cannot be named in a URL");
    const std::string number = std::to_string(instance);
    OutRequest request;
    std::string url;
    switch (server.preset) {
        case ServerPreset::leshan:
            request.method = "POST";
            url = leshan_url(server, *segment, number);
            break;
        case ServerPreset::none: {
            const auto target =
                wire::TextTemplate::from(server.url, {"endpoint", "serverInstance"});
            if (!target) return refused("its URL " + target.error());
            const auto body = wire::TextTemplate::from(server.body, {"endpoint", "serverInstance"});
            if (!body) return refused("its body " + body.error());
            request.method = server.method;
            request.headers = server.headers;
            url = target->expand(
                [&](std::string_view name) { return name == "endpoint" ? *segment : number; });
            request.body = body->expand([&](std::string_view name) {
                return name == "endpoint" ? wire::json_escape(endpoint) : number;
            });
            break;
        }
    }
    auto parsed = wire::HttpUrl::from(url);
    if (!parsed) return refused("its URL " + parsed.error());
    request.url = std::move(*parsed);
    request.bearer = server.token;
    request.ca_file = server.ca_file;
    request.timeout = server.timeout;
    return Requested(boost::system::in_place_value, std::move(request));
}

std::optional<std::string> failure_in(ServerPreset preset, const Answer& answer) {
    if (answer.status < 200 || answer.status > 299)
        return with_text("answered " + std::to_string(answer.status), answer.body);
    switch (preset) {
        case ServerPreset::none:
            return std::nullopt;
        case ServerPreset::leshan:
            return failure_in_leshan(answer.body);
    }
    return std::nullopt;
}

}  // namespace outbound
