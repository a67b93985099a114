#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "provisioning/model/definitions.h"
#include "provisioning/model/value.h"
#include "server/wire/bytes.h"

// The plain-text format of one value, content format 0; LwM2M Core §7.4.1 and appendix C.
namespace lwm2m {

// Nothing for what has no text form: an infinity, a NaN; nor for a Secret, which must not be in a
// std::string (encode_payload() writes those).
std::optional<std::string> encode_text(const model::Single& value);

// What a text is of the type; nothing where it is none.
std::optional<model::Single> decode_text(std::string_view text, model::ResourceType type);

// RFC 4648 §4, padded.
std::string to_base64(wire::BytesView octets);

}  // namespace lwm2m
