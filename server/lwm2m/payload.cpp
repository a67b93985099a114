#include "server/lwm2m/payload.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/lwm2m/base64.h"
#include "server/lwm2m/cbor_value.h"
#include "server/lwm2m/content_builder.h"
#include "server/lwm2m/content_values.h"
#include "server/lwm2m/json_1_0.h"
#include "server/lwm2m/lwm2m_cbor.h"
#include "server/lwm2m/output.h"
#include "server/lwm2m/record_values.h"
#include "server/lwm2m/senml_cbor.h"
#include "server/lwm2m/senml_json.h"
#include "server/lwm2m/text.h"
#include "server/lwm2m/tlv_content.h"

namespace lwm2m {
namespace {

using Encoded = boost::system::result<wire::Bytes, PayloadErrc>;
using Decoded = boost::system::result<Content, PayloadErrc>;
using Looks = boost::system::result<model::Single, PayloadErrc>;

Encoded text_of(const model::Single& value) {
    if (const auto* secret = std::get_if<model::Secret>(&value)) {
        if (is_text(value)) return wire::Bytes(secret->reveal().begin(), secret->reveal().end());
        return write_once([&](Output& out) { write_base64(secret->reveal(), out); });
    }
    const auto text = encode_text(value);
    if (!text) return PayloadErrc::wrong_type_for_format;
    const auto octets = wire::as_bytes(*text);
    return wire::Bytes(octets.begin(), octets.end());
}

Encoded opaque_of(const model::Single& value) {
    const bool is_opaque = std::holds_alternative<model::Opaque>(value) ||
                           std::holds_alternative<model::Secret>(value);
    if (!is_opaque || is_text(value)) return PayloadErrc::wrong_type_for_format;
    const auto octets = octets_of(value);
    return wire::Bytes(octets.begin(), octets.end());
}

// The formats of a single value.
Encoded encode_single(model::ContentFormat format, const Content& content) {
    const auto* value = std::get_if<model::Value>(&content);
    const auto* single = value != nullptr ? std::get_if<model::Single>(value) : nullptr;
    if (single == nullptr) return PayloadErrc::format_needs_single_resource;
    if (format == model::ContentFormat::text) return text_of(*single);
    if (format == model::ContentFormat::opaque) return opaque_of(*single);
    return encode_cbor_value(*single);
}

Looks text_in(wire::BytesView payload, const std::optional<KnownType>& known) {
    const auto type = known ? known->type : model::ResourceType::text;
    auto value = decode_text(wire::as_text(payload), type);
    if (!value) return known ? PayloadErrc::wrong_type : PayloadErrc::malformed;
    return std::move(*value);
}

Decoded decode_single(model::ContentFormat format, const model::Path& path, wire::BytesView payload,
                      const TypeOf& type_of) {
    if (!path.resource()) return PayloadErrc::format_needs_single_resource;
    ContentBuilder content(path, type_of);
    auto value = format == model::ContentFormat::text
                     ? text_in(payload, content.type_of(content.base()))
                 : format == model::ContentFormat::opaque
                     ? Looks(model::Opaque{{payload.begin(), payload.end()}})
                     : decode_cbor_value(payload);
    if (!value) return value.error();
    if (const auto wrong = content.add(content.base(), std::move(*value))) return *wrong;
    return std::move(content).finish();
}

Decoded decode_senml(boost::system::result<std::vector<SenmlRecord>, PayloadErrc> records,
                     const model::Path& path, const TypeOf& type_of) {
    if (!records) return records.error();
    return content_of(std::move(*records), path, type_of);
}

}  // namespace

std::string_view describe(PayloadErrc error) {
    switch (error) {
        case PayloadErrc::format_needs_single_resource:
            return "the content format holds a single value only";
        case PayloadErrc::wrong_type_for_format:
            return "the content format cannot hold a value of this type";
        case PayloadErrc::unsupported_format:
            return "the content format has no form for what is at this path";
        case PayloadErrc::malformed:
            return "the payload is not of its content format";
        case PayloadErrc::wrong_path:
            return "the payload holds something that is not below the path";
        case PayloadErrc::wrong_type:
            return "the payload holds a value of another type than the Resource has";
    }
    return "";
}

Encoded encode_payload(model::ContentFormat format, const model::Path& path,
                       const Content& content) {
    if (!belongs_to(path, content)) return PayloadErrc::unsupported_format;
    switch (format) {
        case model::ContentFormat::tlv:
            return encode_tlv_content(path, content);
        case model::ContentFormat::senml_json:
            return encode_senml_json(path, content);
        case model::ContentFormat::senml_cbor:
            return encode_senml_cbor(path, content);
        case model::ContentFormat::text:
        case model::ContentFormat::opaque:
        case model::ContentFormat::cbor:
            return encode_single(format, content);
        case model::ContentFormat::json:
            return encode_json_1_0(path, content);
        case model::ContentFormat::lwm2m_cbor:
            return encode_lwm2m_cbor(path, content);
        case model::ContentFormat::link_format:
            break;
    }
    return PayloadErrc::unsupported_format;
}

Decoded decode_payload(model::ContentFormat format, const model::Path& path,
                       wire::BytesView payload, const TypeOf& type_of) {
    if (payload.size() > max_payload_octets) return PayloadErrc::malformed;
    switch (format) {
        case model::ContentFormat::tlv:
            return decode_tlv_content(path, payload, type_of);
        case model::ContentFormat::senml_json:
            return decode_senml(decode_senml_json(payload), path, type_of);
        case model::ContentFormat::senml_cbor:
            return decode_senml(decode_senml_cbor(payload), path, type_of);
        case model::ContentFormat::text:
        case model::ContentFormat::opaque:
        case model::ContentFormat::cbor:
            return decode_single(format, path, payload, type_of);
        case model::ContentFormat::json:
            return decode_json_1_0(path, payload, type_of);
        case model::ContentFormat::lwm2m_cbor:
            return decode_lwm2m_cbor(path, payload, type_of);
        case model::ContentFormat::link_format:
            break;
    }
    return PayloadErrc::unsupported_format;
}

}  // namespace lwm2m
