#pragma once

#include <boost/system/result.hpp>

#include "server/lwm2m/cbor.h"
#include "server/lwm2m/payload.h"

// One value in CBOR, content format 60; LwM2M Core 1.1 §7.4.3, 1.2 appendix C table C.-2.
namespace lwm2m {

boost::system::result<wire::Bytes, PayloadErrc> encode_cbor_value(const model::Single& value);
// As it looks.
boost::system::result<model::Single, PayloadErrc> decode_cbor_value(wire::BytesView payload);

// The value as the formats that are made of CBOR have it; a text is UTF-8.
void write_cbor_value(const model::Single& value, CborWriter& out);

}  // namespace lwm2m
