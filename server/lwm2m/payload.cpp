#include "server/lwm2m/payload.h"

#include <algorithm>

#include "server/lwm2m/text.h"
#include "server/lwm2m/tlv.h"

namespace lwm2m {
namespace {

using Result = boost::system::result<wire::Bytes, PayloadErrc>;

Result tlv_of_instance(const model::Resources& resources) {
    const bool all_fit =
        std::ranges::all_of(resources, [](const auto& entry) { return fits_tlv(entry.second); });
    if (!all_fit) return PayloadErrc::wrong_type_for_format;
    return encode_tlv(resources);
}

Result tlv_of_resource(model::ResourceId id, const model::Value& value) {
    if (!fits_tlv(value)) return PayloadErrc::wrong_type_for_format;
    return encode_tlv(id, value);
}

Result text_of(const model::Single& value) {
    const auto text = encode_text(value);
    if (!text) return PayloadErrc::wrong_type_for_format;
    const auto octets = wire::as_bytes(*text);
    return wire::Bytes(octets.begin(), octets.end());
}

Result octets_of(const model::Single& value) {
    if (const auto* opaque = std::get_if<model::Opaque>(&value)) return opaque->octets;
    if (const auto* secret = std::get_if<model::Secret>(&value))
        return wire::Bytes(secret->reveal().begin(), secret->reveal().end());
    return PayloadErrc::wrong_type_for_format;
}

}  // namespace

std::string_view describe(PayloadErrc error) {
    switch (error) {
        case PayloadErrc::format_needs_single_resource:
            return "the content format holds a single value only";
        case PayloadErrc::wrong_type_for_format:
            return "the content format cannot hold a value of this type";
        case PayloadErrc::unsupported_format:
            return "the content format does not fit the path or is not supported";
        case PayloadErrc::malformed:
            return "the payload is not of its content format";
        case PayloadErrc::wrong_path:
            return "the payload holds something that is not below the path";
        case PayloadErrc::wrong_type:
            return "the payload holds a value of another type than the Resource has";
    }
    return "";
}

Result encode_payload(model::ContentFormat format, const model::Path& path,
                      const Content& content) {
    const auto* resources = std::get_if<model::Resources>(&content);
    const auto* value = std::get_if<model::Value>(&content);
    const bool is_instance = path.instance() && !path.resource();
    if (resources != nullptr ? !is_instance : !path.resource())
        return PayloadErrc::unsupported_format;

    const auto* single = value != nullptr ? std::get_if<model::Single>(value) : nullptr;
    switch (format) {
        case model::ContentFormat::tlv:
            return resources != nullptr ? tlv_of_instance(*resources)
                                        : tlv_of_resource(*path.resource(), *value);
        case model::ContentFormat::text:
            if (single == nullptr) return PayloadErrc::format_needs_single_resource;
            return text_of(*single);
        case model::ContentFormat::opaque:
            if (single == nullptr) return PayloadErrc::format_needs_single_resource;
            return octets_of(*single);
        case model::ContentFormat::link_format:
        case model::ContentFormat::cbor:
        case model::ContentFormat::senml_json:
        case model::ContentFormat::senml_cbor:
        case model::ContentFormat::json:
        case model::ContentFormat::lwm2m_cbor:
            break;
    }
    return PayloadErrc::unsupported_format;
}

boost::system::result<Content, PayloadErrc> decode_payload(model::ContentFormat, const model::Path&,
                                                           wire::BytesView, const TypeOf&) {
    return PayloadErrc::unsupported_format;
}

}  // namespace lwm2m
