#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <variant>

#include <boost/system/result.hpp>

#include "provisioning/model/content_format.h"
#include "provisioning/model/definitions.h"
#include "provisioning/model/path.h"
#include "provisioning/model/value.h"
#include "server/wire/bytes.h"

// The payloads of Write, Read and Bootstrap-Pack in every content format of LwM2M 1.0 to 1.2
// (Core §7.4): TLV, SenML JSON and CBOR (RFC 8428), LwM2M CBOR, the JSON of 1.0, and text, CBOR and
// opaque for a single value.
namespace lwm2m {

// What is at a path: Objects at "/", Object Instances at "/O", Resources at "/O/I", a Value at
// "/O/I/R".
using Content = std::variant<model::Resources, model::Value, model::Instances, model::Objects>;

enum class PayloadErrc {
    format_needs_single_resource,  // text, opaque or CBOR with an instance or multiple values
    // A number as opaque, an infinity or a Secret as text, more octets than TLV can count.
    wrong_type_for_format,
    // Also: no format has this content at this path.
    unsupported_format,
    malformed,   // not of the format's grammar, or longer or deeper than its limits
    wrong_path,  // of something that is not at or below the path
    wrong_type,  // not of the type that the Resource has
};
std::string_view describe(PayloadErrc);

// As text, octets are base64 (RFC 4648 §4). A Secret's kind says whether it is a String or Opaque.
boost::system::result<wire::Bytes, PayloadErrc> encode_payload(model::ContentFormat format,
                                                               const model::Path& path,
                                                               const Content& content);

// What type a Resource has; nothing: not known. Formats that do not tell (TLV, text, a number that
// may be an integer or not) are read by it. Without it TLV values come out as Opaque, numbers as
// what they look like.
struct KnownType {
    model::ResourceType type;
    bool multiple;
};
using TypeOf = std::function<std::optional<KnownType>(model::ObjectId, model::ResourceId)>;

// The longest payload that is decoded; a longer one is malformed. Elements and depth are limited
// as well (item.h, tlv.h).
inline constexpr std::size_t max_payload_octets = 256 * 1024;

// What a payload at a path holds: of a Read's answer, or of a Write that shall be shown. The
// alternative of Content is the one of the path.
boost::system::result<Content, PayloadErrc> decode_payload(model::ContentFormat format,
                                                           const model::Path& path,
                                                           wire::BytesView payload,
                                                           const TypeOf& type_of);

}  // namespace lwm2m
