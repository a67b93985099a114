#pragma once

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
    wrong_type_for_format,         // opaque octets as text, a number as opaque, …
    unsupported_format,
};

boost::system::result<wire::Bytes, PayloadErrc> encode_payload(
    model::ContentFormat format, const model::Path& path,
    const std::variant<model::Resources, model::Value>& content);

}  // namespace lwm2m
