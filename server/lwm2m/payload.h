#pragma once

#include <variant>

#include <boost/system/result.hpp>

#include "provisioning/model/content_format.h"
#include "provisioning/model/path.h"
#include "provisioning/model/value.h"
#include "server/wire/bytes.h"

// The payload of a Write in a content format: TLV for instances and resources, text and opaque
// for single resources (LwM2M Core §7.4).
namespace lwm2m {

enum class PayloadErrc {
    format_needs_single_resource,  // text or opaque with an instance or multiple values
    // A number as opaque, an infinity or a Secret as text, more octets than TLV can count.
    wrong_type_for_format,
    // Also: no format has this content at this path (Resources go to an Object Instance, a Value
    // to a Resource).
    unsupported_format,
};

// As text, octets are base64 (RFC 4648 §4). A Secret has no text form: whether it is a String or
// Opaque is not known, and a device would store the wrong one of the two without a word.
boost::system::result<wire::Bytes, PayloadErrc> encode_payload(
    model::ContentFormat format, const model::Path& path,
    const std::variant<model::Resources, model::Value>& content);

}  // namespace lwm2m
