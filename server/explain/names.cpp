#include "server/explain/names.h"

#include <array>
#include <charconv>

namespace explain {
namespace {

using model::ContentFormat;

constexpr std::array all_formats{
    ContentFormat::tlv,        ContentFormat::senml_json, ContentFormat::senml_cbor,
    ContentFormat::lwm2m_cbor, ContentFormat::json,       ContentFormat::text,
    ContentFormat::opaque,     ContentFormat::cbor,       ContentFormat::link_format};

// RFC 7252 §12.1, RFC 7959 §2.9; empty for others.
std::string_view word_of(coap::Code code) {
    switch (code) {
        case coap::Code::empty:
            return "Empty";
        case coap::Code::get:
            return "GET";
        case coap::Code::post:
            return "POST";
        case coap::Code::put:
            return "PUT";
        case coap::Code::delete_:
            return "DELETE";
        case coap::Code::created:
            return "Created";
        case coap::Code::deleted:
            return "Deleted";
        case coap::Code::valid:
            return "Valid";
        case coap::Code::changed:
            return "Changed";
        case coap::Code::content:
            return "Content";
        case coap::Code::continue_:
            return "Continue";
        case coap::Code::bad_request:
            return "Bad Request";
        case coap::Code::unauthorized:
            return "Unauthorized";
        case coap::Code::bad_option:
            return "Bad Option";
        case coap::Code::forbidden:
            return "Forbidden";
        case coap::Code::not_found:
            return "Not Found";
        case coap::Code::method_not_allowed:
            return "Method Not Allowed";
        case coap::Code::not_acceptable:
            return "Not Acceptable";
        case coap::Code::request_entity_incomplete:
            return "Request Entity Incomplete";
        case coap::Code::precondition_failed:
            return "Precondition Failed";
        case coap::Code::request_entity_too_large:
            return "Request Entity Too Large";
        case coap::Code::unsupported_content_format:
            return "Unsupported Content-Format";
        case coap::Code::internal_server_error:
            return "Internal Server Error";
        case coap::Code::not_implemented:
            return "Not Implemented";
        case coap::Code::service_unavailable:
            return "Service Unavailable";
        case coap::Code::proxying_not_supported:
            return "Proxying Not Supported";
    }
    return "";
}

}  // namespace

std::string_view type_name(model::ResourceType type) {
    switch (type) {
        case model::ResourceType::text:
            return "String";
        case model::ResourceType::integer:
            return "Integer";
        case model::ResourceType::unsigned_integer:
            return "Unsigned Integer";
        case model::ResourceType::floating:
            return "Float";
        case model::ResourceType::boolean:
            return "Boolean";
        case model::ResourceType::opaque:
            return "Opaque";
        case model::ResourceType::time:
            return "Time";
        case model::ResourceType::object_link:
            return "Objlnk";
        case model::ResourceType::core_link:
            return "Corelnk";
        case model::ResourceType::none:
            return "";
    }
    return "";
}

std::string format_name(std::uint16_t number) {
    const auto format = model::content_format_from(number);
    return format ? std::string(model::name_of(*format)) : "format " + std::to_string(number);
}

std::optional<model::ContentFormat> format_called(std::string_view text) {
    for (const ContentFormat format : all_formats)
        if (model::name_of(format) == text) return format;
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return model::content_format_from(number);
}

std::string code_name(coap::Code code) {
    const std::string_view word = word_of(code);
    if (coap::is_request(code) && !word.empty()) return std::string(word);
    return coap::to_string(code) + (word.empty() ? "" : " ") + std::string(word);
}

std::string format_names() {
    std::string names;
    for (const ContentFormat format : all_formats)
        (names += names.empty() ? "" : ", ") += model::name_of(format);
    return names;
}

}  // namespace explain
