#pragma once

#include <vector>

#include <boost/system/result.hpp>

#include "server/lwm2m/payload.h"
#include "server/lwm2m/senml_records.h"

// SenML JSON, content format 110; RFC 8428 §5, LwM2M Core 1.1 §7.4.4, 1.2 §7.4.6.
namespace lwm2m {

boost::system::result<wire::Bytes, PayloadErrc> encode_senml_json(const model::Path& path,
                                                                  const Content& content);
boost::system::result<std::vector<SenmlRecord>, PayloadErrc> decode_senml_json(
    wire::BytesView payload);

}  // namespace lwm2m
