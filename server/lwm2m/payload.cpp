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

Result encode_payload(model::ContentFormat format, const model::Path& path,
                      const std::variant<model::Resources, model::Value>& content) {
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
            break;
    }
    return PayloadErrc::unsupported_format;
}

}  // namespace lwm2m
