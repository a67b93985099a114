#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/wire/bytes.h"

namespace store {

// RFC 4648 §4, padded.
std::string to_base64(wire::BytesView octets);
std::optional<wire::Bytes> from_base64(std::string_view text);

}  // namespace store
