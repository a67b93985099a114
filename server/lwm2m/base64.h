#pragma once

#include <optional>
#include <string_view>

#include "server/lwm2m/output.h"
#include "server/wire/bytes.h"

namespace lwm2m {

// RFC 4648 §4, padded.
void write_base64(wire::BytesView octets, Output& out);
// RFC 4648 §5, without padding, as SenML has it (RFC 8428 §4.3).
void write_base64url(wire::BytesView octets, Output& out);

// Either alphabet, padded or not. Nothing for other characters, a single digit at the end, or
// bits left over that are not zero (RFC 4648 §3.5).
std::optional<wire::Bytes> from_base64(std::string_view text);

}  // namespace lwm2m
