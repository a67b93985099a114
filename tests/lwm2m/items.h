#pragma once

#include <string>

#include "server/lwm2m/cbor.h"

namespace lwm2m {

// An Item as CBOR, by way of CborWriter.
wire::Bytes encode_item(const Item& item);
// In diagnostic notation, RFC 8949 §8.
std::string diagnostic(const Item& item);

}  // namespace lwm2m
