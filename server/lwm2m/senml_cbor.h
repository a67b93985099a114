#pragma once

#include <vector>

#include <boost/system/result.hpp>

#include "server/lwm2m/payload.h"
#include "server/lwm2m/senml_records.h"

// SenML CBOR, content format 112; RFC 8428 §6, LwM2M Core 1.1 §7.4.5, 1.2 §7.4.7.
namespace lwm2m {

boost::system::result<wire::Bytes, PayloadErrc> encode_senml_cbor(const model::Path& path,
                                                                  const Content& content);
boost::system::result<std::vector<SenmlRecord>, PayloadErrc> decode_senml_cbor(
    wire::BytesView payload);

}  // namespace lwm2m
