#include "server/lwm2m/tlv.h"

#include <bit>
#include <string>
#include <utility>
#include <variant>

#include "server/lwm2m/floating.h"
#include "server/wire/reader.h"
#include "server/wire/writer.h"

//  0   1   2   3   4   5   6   7    bit (7 is the highest of the octet on the left)
// +-------+---+-------+-----------+----------------+-------------------+- - - - -+
// | type  |id | len.  | length    | id             | length            | value   |
// |       |len| type  | 0 to 7    | 8 or 16 bits   | 0, 8, 16, 24 bits |         |
// +-------+---+-------+-----------+----------------+-------------------+- - - - -+
//  type         00 Object Instance     (value: elements 10 and 11)
//               01 Resource Instance   (value: octets)
//               10 Multiple Resource   (value: elements 01)
//               11 Resource            (value: octets)
//  id length    0: 8 bits, 1: 16 bits
//  length type  00: the length is in the low three bits; else octets of the length field

namespace lwm2m {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

// ---- values ----

// Clients read integers as signed: 65534 in two octets would be -2 to them.
std::size_t octets_of_integer(std::int64_t value) {
    if (std::in_range<std::int8_t>(value)) return 1;
    if (std::in_range<std::int16_t>(value)) return 2;
    if (std::in_range<std::int32_t>(value)) return 4;
    return 8;
}

std::size_t octets_of(const model::Single& single) {
    return std::visit(
        Overloaded{
            [](const std::string& text) { return text.size(); },
            [](std::int64_t integer) { return octets_of_integer(integer); },
            [](double number) { return is_exact_in_single_precision(number) ? 4ul : 8ul; },
            [](bool) { return 1ul; },
            [](const model::Opaque& opaque) { return opaque.octets.size(); },
            [](const model::Secret& secret) { return secret.size(); },
            [](const model::Time& time) { return octets_of_integer(time.seconds); },
            [](const model::ObjectLink&) { return 4ul; },
        },
        single);
}

void write_integer(std::int64_t value, wire::Writer& out) {
    out.number(static_cast<std::uint64_t>(value), octets_of_integer(value));
}

void write_number(double value, wire::Writer& out) {
    if (is_exact_in_single_precision(value))
        out.u32(std::bit_cast<std::uint32_t>(static_cast<float>(value)));
    else
        out.number(std::bit_cast<std::uint64_t>(value), 8);
}

void write(const model::Single& single, wire::Writer& out) {
    std::visit(Overloaded{
                   [&](const std::string& text) { out.bytes(wire::as_bytes(text)); },
                   [&](std::int64_t integer) { write_integer(integer, out); },
                   [&](double number) { write_number(number, out); },
                   [&](bool boolean) { out.u8(boolean ? 1 : 0); },
                   [&](const model::Opaque& opaque) { out.bytes(opaque.octets); },
                   [&](const model::Secret& secret) { out.bytes(secret.reveal()); },
                   [&](const model::Time& time) { write_integer(time.seconds, out); },
                   [&](const model::ObjectLink& link) {
                       out.u16(link.object);
                       out.u16(link.instance);
                   },
               },
               single);
}

// ---- elements ----

std::size_t octets_of_length_field(std::size_t length) {
    if (length < 8) return 0;
    if (length <= 0xFF) return 1;
    if (length <= 0xFFFF) return 2;
    return 3;
}

std::size_t octets_of_element(std::uint16_t id, std::size_t length) {
    return 1 + (id > 0xFF ? 2u : 1u) + octets_of_length_field(length) + length;
}

std::size_t octets_of(const model::Multiple& instances) {
    std::size_t octets = 0;
    for (const auto& [id, single] : instances) octets += octets_of_element(id, octets_of(single));
    return octets;
}

std::size_t octets_of(const model::Value& value) {
    return std::visit([](const auto& held) { return octets_of(held); }, value);
}

std::size_t octets_of(const model::Resources& resources) {
    std::size_t octets = 0;
    for (const auto& [id, value] : resources) octets += octets_of_element(id, octets_of(value));
    return octets;
}

void write_header(TlvType type, std::uint16_t id, std::size_t length, wire::Writer& out) {
    const std::size_t length_octets = octets_of_length_field(length);
    std::size_t first = static_cast<std::size_t>(type) << 6 | length_octets << 3;
    if (id > 0xFF) first |= 0x20;
    if (length_octets == 0) first |= length;
    out.u8(static_cast<std::uint8_t>(first));
    out.number(id, id > 0xFF ? 2 : 1);
    out.number(length, length_octets);
}

void write_resource(model::ResourceId id, const model::Value& value, wire::Writer& out) {
    const auto* instances = std::get_if<model::Multiple>(&value);
    const auto type = instances == nullptr ? TlvType::resource : TlvType::multiple_resource;
    write_header(type, id, octets_of(value), out);
    if (instances == nullptr) {
        write(std::get<model::Single>(value), out);
        return;
    }
    for (const auto& [instance, single] : *instances) {
        write_header(TlvType::resource_instance, instance, octets_of(single), out);
        write(single, out);
    }
}

// ---- decoding ----

bool is_container(TlvType type) {
    return type == TlvType::object_instance || type == TlvType::multiple_resource;
}

// What may stand in one sequence: the first element of the top level decides there, the container
// decides within it.
enum class Content { object_instances, resources, resource_instances };

Content content_of(TlvType container) {
    return container == TlvType::object_instance ? Content::resources : Content::resource_instances;
}

Content side_by_side_with(TlvType first) {
    switch (first) {
        case TlvType::object_instance:
            return Content::object_instances;
        case TlvType::resource_instance:
            return Content::resource_instances;
        case TlvType::multiple_resource:
        case TlvType::resource:
            break;
    }
    return Content::resources;
}

std::optional<TlvErrc> check_place(TlvType type, Content content, bool is_top) {
    if (side_by_side_with(type) == content) return std::nullopt;
    return is_container(type) && !is_top ? TlvErrc::too_deep : TlvErrc::misplaced;
}

struct Header {
    TlvType type;
    std::uint16_t id;
    std::size_t length;
};

std::optional<Header> read_header(wire::Reader& in) {
    const auto first = in.u8();
    if (!first) return std::nullopt;
    const auto id = in.number((*first & 0x20) != 0 ? 2 : 1);
    const std::size_t length_octets = *first >> 3 & 0x03u;
    const auto length = in.number(length_octets);
    if (!id || !length) return std::nullopt;
    return Header{static_cast<TlvType>(*first >> 6), static_cast<std::uint16_t>(*id),
                  length_octets == 0 ? *first & 0x07u : static_cast<std::size_t>(*length)};
}

using Elements = std::vector<TlvElement>;

// Recursion ends at the third level: what content_of() allows has no containers there.
boost::system::result<Elements, TlvErrc> read_elements(wire::BytesView octets,
                                                       std::optional<Content> content,
                                                       std::size_t& left) {
    const bool is_top = !content;
    wire::Reader in(octets);
    Elements elements;
    while (!in.empty()) {
        const auto header = read_header(in);
        if (!header) return TlvErrc::truncated;
        const auto value = in.take(header->length);
        if (!value) return TlvErrc::truncated;
        if (!content) content = side_by_side_with(header->type);
        if (const auto wrong = check_place(header->type, *content, is_top)) return *wrong;
        if (left == 0) return TlvErrc::too_many;
        --left;

        TlvElement element{header->type, header->id, {}, {}};
        if (is_container(header->type)) {
            auto children = read_elements(*value, content_of(header->type), left);
            if (!children) return children.error();
            element.children = std::move(*children);
        } else {
            element.value.assign(value->begin(), value->end());
        }
        elements.push_back(std::move(element));
    }
    return elements;
}

}  // namespace

bool fits_tlv(const model::Value& value) {
    // The instances of a multiple one are parts of it, so they fit as well.
    return octets_of(value) <= max_tlv_length;
}

bool fits_tlv(const model::Resources& resources) {
    return octets_of(resources) <= max_tlv_length;
}

wire::Bytes encode_tlv(const model::Instances& instances) {
    std::size_t octets = 0;
    for (const auto& [id, resources] : instances)
        octets += octets_of_element(id, octets_of(resources));
    wire::Bytes out;
    out.reserve(octets);
    wire::Writer writer(out);
    for (const auto& [id, resources] : instances) {
        write_header(TlvType::object_instance, id, octets_of(resources), writer);
        for (const auto& [resource, value] : resources) write_resource(resource, value, writer);
    }
    return out;
}

wire::Bytes encode_tlv(const model::Resources& resources) {
    wire::Bytes out;
    out.reserve(octets_of(resources));
    wire::Writer writer(out);
    for (const auto& [id, value] : resources) write_resource(id, value, writer);
    return out;
}

wire::Bytes encode_tlv(model::ResourceId id, const model::Value& value) {
    wire::Bytes out;
    out.reserve(octets_of_element(id, octets_of(value)));
    wire::Writer writer(out);
    write_resource(id, value, writer);
    return out;
}

boost::system::result<std::vector<TlvElement>, TlvErrc> decode_tlv(wire::BytesView payload) {
    std::size_t left = max_tlv_elements;
    return read_elements(payload, std::nullopt, left);
}

std::optional<std::int64_t> tlv_integer(wire::BytesView value) {
    wire::Reader in(value);
    const auto number = in.number(value.size());
    if (!number) return std::nullopt;
    switch (value.size()) {
        case 1:
            return static_cast<std::int8_t>(*number);
        case 2:
            return static_cast<std::int16_t>(*number);
        case 4:
            return static_cast<std::int32_t>(*number);
        case 8:
            return static_cast<std::int64_t>(*number);
    }
    return std::nullopt;
}

}  // namespace lwm2m
