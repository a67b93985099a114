#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace model {

// CoAP Content-Formats used by LwM2M; LwM2M Transport §7.4, RFC 7252 §12.3.
enum class ContentFormat : std::uint16_t {
    text = 0,
    link_format = 40,
    opaque = 42,
    cbor = 60,
    senml_json = 110,
    senml_cbor = 112,
    tlv = 11542,
    json = 11543,  // of LwM2M 1.0
    lwm2m_cbor = 11544,
};

// Nothing for a number that is none of these.
std::optional<ContentFormat> content_format_from(std::uint16_t number);
// The word that profiles use: "senml-json".
std::string_view name_of(ContentFormat);
// Whether it carries Object Instances; the others carry one single value (link-format none).
bool holds_instances(ContentFormat);

}  // namespace model
