#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <boost/system/result.hpp>

#include "provisioning/model/value.h"
#include "server/wire/bytes.h"

// OMA TLV, content format 11542; LwM2M Core §7.4.3 (1.0: §6.4.3).
namespace lwm2m {

// The Resources of one Object Instance, for a Write on /O/I. Integers in the shortest of 1, 2, 4,
// 8 octets that holds them signed.
wire::Bytes encode_tlv(const model::Resources& resources);
// One Resource, for a Write on /O/I/R.
wire::Bytes encode_tlv(model::ResourceId id, const model::Value& value);

enum class TlvType : std::uint8_t {
    object_instance = 0,
    resource_instance = 1,
    multiple_resource = 2,
    resource = 3,
};

// One decoded element; containers (object instance, multiple resource) have children instead of
// a value. Types of values are not on the wire.
struct TlvElement {
    TlvType type = TlvType::resource;
    std::uint16_t id = 0;
    wire::Bytes value;
    std::vector<TlvElement> children;
};

enum class TlvErrc { truncated, misplaced, too_deep, too_many };
boost::system::result<std::vector<TlvElement>, TlvErrc> decode_tlv(wire::BytesView payload);

// A TLV integer of 1, 2, 4 or 8 octets, signed.
std::optional<std::int64_t> tlv_integer(wire::BytesView value);

}  // namespace lwm2m
