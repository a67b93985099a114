#pragma once

#include "server/wire/bytes.h"

namespace lwm2m {

// Whether the octets are UTF-8 (RFC 3629 §4): neither overlong nor surrogates nor above U+10FFFF.
bool is_utf8(wire::BytesView octets);

}  // namespace lwm2m
