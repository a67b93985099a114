// Bootstrap-Request, LwM2M Core §6.1.7.1, Transport §6.4.2:
//
//   POST [/anything …]/bs ? query & query …
//   query = "ep=" endpoint name | "pct=" content format | any other
//
// Bootstrap-Pack-Request (1.2), Core §6.1.7.7:
//
//   GET [/anything …]/bspack ? query & query …       Accept: content format of the pack
//   query = "ep=" endpoint name | "acc=" account | any other
//
//   account = link *( "," link )                     links to the instances, RFC 6690 §2
//   link    = "<" "/" object "/" instance [ "/" ] ">" *( ";" parameter )
//             with spaces around it; parameters mean nothing here

#include "server/bootstrap/request.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "provisioning/model/content_format.h"

namespace bootstrap {
namespace {

using Parsed = boost::system::result<BootstrapRequest, RequestErrc>;

std::optional<std::uint16_t> number(std::string_view text) {
    std::uint16_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool is_written_here(std::uint16_t format) {
    const auto known = model::content_format_from(format);
    return known && model::holds_instances(*known);
}

// TLV has no Objects, and the JSON of 1.0 is older than packs.
bool holds_pack(std::uint16_t format) {
    const auto known = model::content_format_from(format);
    return known == model::ContentFormat::senml_json || known == model::ContentFormat::senml_cbor ||
           known == model::ContentFormat::lwm2m_cbor;
}

void skip_spaces(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
}

// Up to the comma or the end; a comma in quotes ends nothing. False when the quotes do not end.
bool skip_parameters(std::string_view& text) {
    bool quoted = false;
    std::size_t i = 0;
    for (; i < text.size() && (quoted || text[i] != ','); ++i)
        if (text[i] == '"') quoted = !quoted;
    text.remove_prefix(i);
    return !quoted;
}

std::optional<model::Path> take_instance(std::string_view& text) {
    skip_spaces(text);
    const std::size_t end = text.find('>');
    if (!text.starts_with('<') || end == std::string_view::npos) return std::nullopt;
    const auto path = model::Path::from(text.substr(1, end - 1), model::Path::Strictness::lenient);
    if (!path || !path->instance() || path->resource()) return std::nullopt;
    text.remove_prefix(end + 1);
    skip_spaces(text);
    if (text.starts_with(';') && !skip_parameters(text)) return std::nullopt;
    return path;
}

// Nothing is guessed: who takes less for the account than it is may write over it.
std::optional<std::vector<model::Path>> parse_account(std::string_view text) {
    std::vector<model::Path> account;
    while (account.size() < max_account) {
        const auto path = take_instance(text);
        if (!path) return std::nullopt;
        account.push_back(*path);
        if (text.empty()) return account;
        if (!text.starts_with(',')) return std::nullopt;
        text.remove_prefix(1);
    }
    return std::nullopt;
}

// What is wrong with a query; nothing: it was taken or kept.
std::optional<RequestErrc> take_query(const std::string& query, BootstrapRequest& into) {
    const std::string_view text = query;
    if (text.starts_with("ep=")) {
        if (into.endpoint) return RequestErrc::bad_endpoint;
        into.endpoint = model::EndpointName::from(text.substr(3));
        if (!into.endpoint) return RequestErrc::bad_endpoint;
        return std::nullopt;
    }
    if (text.starts_with("pct=") && !into.is_pack) {
        if (into.preferred_format) return RequestErrc::bad_format;
        into.preferred_format = number(text.substr(4));
        if (!into.preferred_format) return RequestErrc::bad_format;
        if (!is_written_here(*into.preferred_format)) return RequestErrc::unsupported_format;
        return std::nullopt;
    }
    if (text.starts_with("acc=")) {
        auto account = into.account ? std::nullopt : parse_account(text.substr(4));
        if (account) {
            into.account = std::move(account);
            return std::nullopt;
        }
        if (into.is_pack) return RequestErrc::bad_account;
        // A POST /bs has no such attribute: kept as any that is not known.
    }
    into.other_queries.push_back(query);
    return std::nullopt;
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
        case RequestErrc::bad_account:
        case RequestErrc::unexpected_confirmation:
            return coap::Code::bad_request;
        case RequestErrc::unsupported_format:
            return coap::Code::unsupported_content_format;
        case RequestErrc::not_acceptable:
            return coap::Code::not_acceptable;
    }
    return coap::Code::internal_server_error;
}

std::string_view describe(RequestErrc error) {
    switch (error) {
        case RequestErrc::not_found:
            return "no such resource: the path ends in neither /bs nor /bspack";
        case RequestErrc::method_not_allowed:
            return "the method is not POST (/bs) or GET (/bspack)";
        case RequestErrc::bad_endpoint:
            return "ep is empty, too long, not UTF-8 or given twice";
        case RequestErrc::bad_format:
            return "pct is not a content format or given twice";
        case RequestErrc::unsupported_format:
            return "pct is none of 110, 112, 11542, 11543 and 11544";
        case RequestErrc::bad_account:
            return "acc is no list of Object Instances or given twice";
        case RequestErrc::not_acceptable:
            return "Accept of a Bootstrap-Pack is none of 110, 112 and 11544";
        case RequestErrc::unexpected_confirmation:
            return "a Bootstrap-Request is Confirmable";
    }
    return "";
}

Parsed parse_request(const coap::Request& request) {
    if (request.path.empty()) return RequestErrc::not_found;
    const std::string& resource = request.path.back();
    BootstrapRequest parsed;
    parsed.is_pack = resource == "bspack";
    if (!parsed.is_pack && resource != "bs") return RequestErrc::not_found;
    if (request.method != (parsed.is_pack ? coap::Code::get : coap::Code::post))
        return RequestErrc::method_not_allowed;
    for (const std::string& query : request.queries)
        if (const auto error = take_query(query, parsed)) return *error;
    if (parsed.is_pack && request.accept) {
        if (!holds_pack(*request.accept)) return RequestErrc::not_acceptable;
        parsed.preferred_format = request.accept;
    }
    return parsed;
}

}  // namespace bootstrap
