#include "provisioning/model/content_format.h"

namespace model {

std::optional<ContentFormat> content_format_from(std::uint16_t number) {
    const auto format = static_cast<ContentFormat>(number);
    return name_of(format).empty() ? std::nullopt : std::optional(format);
}

std::string_view name_of(ContentFormat format) {
    switch (format) {
        case ContentFormat::text:
            return "text";
        case ContentFormat::link_format:
            return "link-format";
        case ContentFormat::opaque:
            return "opaque";
        case ContentFormat::cbor:
            return "cbor";
        case ContentFormat::senml_json:
            return "senml-json";
        case ContentFormat::senml_cbor:
            return "senml-cbor";
        case ContentFormat::tlv:
            return "tlv";
        case ContentFormat::json:
            return "json";
        case ContentFormat::lwm2m_cbor:
            return "lwm2m-cbor";
    }
    return "";
}

bool holds_instances(ContentFormat format) {
    switch (format) {
        case ContentFormat::senml_json:
        case ContentFormat::senml_cbor:
        case ContentFormat::tlv:
        case ContentFormat::json:
        case ContentFormat::lwm2m_cbor:
            return true;
        case ContentFormat::text:
        case ContentFormat::link_format:
        case ContentFormat::opaque:
        case ContentFormat::cbor:
            return false;
    }
    return false;
}

}  // namespace model
