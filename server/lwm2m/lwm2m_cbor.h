#pragma once

#include <boost/system/result.hpp>

#include "server/lwm2m/payload.h"

// LwM2M CBOR, content format 11544; LwM2M Core 1.2 §7.4.4.
namespace lwm2m {

boost::system::result<wire::Bytes, PayloadErrc> encode_lwm2m_cbor(const model::Path& path,
                                                                  const Content& content);
boost::system::result<Content, PayloadErrc> decode_lwm2m_cbor(const model::Path& path,
                                                              wire::BytesView payload,
                                                              const TypeOf& type_of);

}  // namespace lwm2m
