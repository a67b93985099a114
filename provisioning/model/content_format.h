#pragma once

#include <cstdint>

namespace model {

// CoAP Content-Formats used by LwM2M; LwM2M Transport §7.4, RFC 7252 §12.3.
enum class ContentFormat : std::uint16_t {
    text = 0,
    link_format = 40,
    opaque = 42,
    tlv = 11542,
};

}  // namespace model
