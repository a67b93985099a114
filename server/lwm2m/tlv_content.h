#pragma once

#include <boost/system/result.hpp>

#include "server/lwm2m/payload.h"

// Typed Content from and to OMA TLV, by the rules of which elements a payload at a path has;
// LwM2M Core §7.4.3.
namespace lwm2m {

// There is no TLV of several Objects.
boost::system::result<wire::Bytes, PayloadErrc> encode_tlv_content(const model::Path& path,
                                                                   const Content& content);
boost::system::result<Content, PayloadErrc> decode_tlv_content(const model::Path& path,
                                                               wire::BytesView payload,
                                                               const TypeOf& type_of);

}  // namespace lwm2m
