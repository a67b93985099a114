#pragma once

#include <optional>
#include <string>

#include "provisioning/model/value.h"
#include "server/wire/bytes.h"

// The plain-text format of one value, content format 0; LwM2M Core §7.4.1 and appendix C.
namespace lwm2m {

// Nothing for what has no text form: a Secret (its type is not known), an infinity, a NaN.
std::optional<std::string> encode_text(const model::Single& value);

// RFC 4648 §4, padded.
std::string to_base64(wire::BytesView octets);

}  // namespace lwm2m
