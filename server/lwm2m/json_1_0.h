#pragma once

#include <boost/system/result.hpp>

#include "server/lwm2m/payload.h"

// The JSON of LwM2M 1.0, content format 11543; LwM2M 1.0 §6.4.4.
namespace lwm2m {

// The longest name of an entry, and of the base.
inline constexpr std::size_t max_json_name = 255;

boost::system::result<wire::Bytes, PayloadErrc> encode_json_1_0(const model::Path& path,
                                                                const Content& content);
boost::system::result<Content, PayloadErrc> decode_json_1_0(const model::Path& path,
                                                            wire::BytesView payload,
                                                            const TypeOf& type_of);

}  // namespace lwm2m
