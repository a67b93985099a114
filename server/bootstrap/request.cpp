// Bootstrap-Request, LwM2M Core §6.1.7.1, Transport §6.4.2:
//
//   POST [/anything …]/bs ? query & query …
//   query = "ep=" endpoint name | "pct=" content format | any other
//
// Bootstrap-Pack-Request (1.2): GET [/anything …]/bspack ? …

#include "server/bootstrap/request.h"

#include <charconv>
#include <string_view>

namespace bootstrap {
namespace {

std::optional<std::uint16_t> number(std::string_view text) {
    std::uint16_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

coap::Code reaction(RequestErrc error) {
    switch (error) {
        case RequestErrc::not_found:
            return coap::Code::not_found;
        case RequestErrc::method_not_allowed:
            return coap::Code::method_not_allowed;
        case RequestErrc::bad_endpoint:
        case RequestErrc::bad_format:
        case RequestErrc::unexpected_confirmation:
            return coap::Code::bad_request;
        // Whoever asks for a pack falls back to POST /bs on this code.
        case RequestErrc::pack_not_implemented:
            return coap::Code::not_implemented;
    }
    return coap::Code::internal_server_error;
}

std::string_view describe(RequestErrc error) {
    switch (error) {
        case RequestErrc::not_found:
            return "no such resource: the path does not end in /bs";
        case RequestErrc::method_not_allowed:
            return "the method is not POST";
        case RequestErrc::bad_endpoint:
            return "ep is empty, too long, not UTF-8 or given twice";
        case RequestErrc::bad_format:
            return "pct is not a content format";
        case RequestErrc::pack_not_implemented:
            return "Bootstrap-Pack is not implemented";
        case RequestErrc::unexpected_confirmation:
            return "a Bootstrap-Request is Confirmable";
    }
    return "";
}

boost::system::result<BootstrapRequest, RequestErrc> parse_request(const coap::Request& request) {
    if (request.path.empty()) return RequestErrc::not_found;
    const std::string& resource = request.path.back();
    if (resource == "bspack") {
        if (request.method != coap::Code::get) return RequestErrc::method_not_allowed;
        return RequestErrc::pack_not_implemented;
    }
    if (resource != "bs") return RequestErrc::not_found;
    if (request.method != coap::Code::post) return RequestErrc::method_not_allowed;

    BootstrapRequest parsed;
    for (const std::string& query : request.queries) {
        const std::string_view text = query;
        if (text.starts_with("ep=")) {
            if (parsed.endpoint) return RequestErrc::bad_endpoint;
            parsed.endpoint = model::EndpointName::from(text.substr(3));
            if (!parsed.endpoint) return RequestErrc::bad_endpoint;
        } else if (text.starts_with("pct=")) {
            if (parsed.preferred_format) return RequestErrc::bad_format;
            parsed.preferred_format = number(text.substr(4));
            if (!parsed.preferred_format) return RequestErrc::bad_format;
        } else {
            parsed.other_queries.push_back(query);
        }
    }
    return parsed;
}

}  // namespace bootstrap
