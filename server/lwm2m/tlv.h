#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <boost/system/result.hpp>

#include "provisioning/model/value.h"
#include "server/wire/bytes.h"

// OMA TLV, content format 11542; LwM2M Core §7.4.3 (1.0: §6.4.3).
namespace lwm2m {

// The longest value of an element, containers included.
inline constexpr std::size_t max_tlv_length = 0xFFFFFF;
// Whether no element of it would be longer than that.
bool fits_tlv(const model::Value& value);
bool fits_tlv(const model::Resources& resources);

// The Object Instances of one Object, for a Write on /O.
wire::Bytes encode_tlv(const model::Instances& instances);
// The Resources of one Object Instance, for a Write on /O/I. Integers in the shortest of 1, 2, 4,
// 8 octets that holds them signed; floats in 4 octets where these hold them exactly, else in 8.
// Every value fits (encode_payload() sees to it); the buffer is allocated once, so that no copy
// of a Secret is left behind.
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

// Elements of a payload, children counted in.
inline constexpr std::size_t max_tlv_elements = 16384;

enum class TlvErrc {
    truncated,  // an element ends after its container
    misplaced,  // a leaf where it cannot be, or elements side by side that cannot be
    too_deep,   // a container within a container that holds leaves alone
    too_many,
};
// Object Instances, or Resources, or (for a path to one Resource, 1.1) Resource Instances.
boost::system::result<std::vector<TlvElement>, TlvErrc> decode_tlv(wire::BytesView payload);

// A TLV integer of 1, 2, 4 or 8 octets, signed.
std::optional<std::int64_t> tlv_integer(wire::BytesView value);

}  // namespace lwm2m
