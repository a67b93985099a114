// RFC 2865 §3, all numbers big-endian:
//
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   |     Code      |  Identifier   |            Length             |
//   |                       Authenticator (16)                      |
//   |  attributes: Type, Length (of all three, 2 to 255), Value ...
//
// Length counts from Code to the last attribute, 20 to 4096; a datagram may go on after it, which
// is padding. A Vendor-Specific value (§5.26): Vendor-Id (4), then of the vendor's own
// Type, Length (of all three), Value, once or several times.
//
// Accounting-Request:  Authenticator = MD5(Code, Identifier, Length, 16 zeros, attributes, secret)
// Accounting-Response: Authenticator = MD5(Code, Identifier, Length, the request's Authenticator,
//                                          attributes, secret)
// Message-Authenticator (type 80, 16 octets) = HMAC-MD5(secret, the packet with zeros as its
//   value), made before the Authenticator. What stands for the Authenticator in it is told for
//   Access packets alone (RFC 3579 §3.2). FreeRADIUS takes zeros in an Accounting-Request and in
//   its answer, and is what others have come to agree with; an answer to a Status-Server has the
//   request's (RFC 5997 §3).

#include "server/attach/radius_packet.h"

#include <algorithm>
#include <array>

#include "server/crypto/digest.h"
#include "server/wire/reader.h"
#include "server/wire/writer.h"

namespace attach::radius {
namespace {

using wire::Bytes;
using wire::BytesView;

constexpr std::size_t authenticator_at = 4;
constexpr std::array<std::uint8_t, authenticator_size> zeros{};

// Attributes of one level, up to one that is none; false when there was such a one.
bool read_attributes(wire::Reader in, std::vector<Attribute>& into) {
    while (!in.empty()) {
        const auto type = in.u8();
        const auto length = in.u8();
        if (!type || !length || *length < 2) return false;
        const auto value = in.take(*length - 2U);
        if (!value) return false;
        into.push_back({*type, *value});
    }
    return true;
}

bool has_type(const Attribute& attribute, Type type) {
    return attribute.type == static_cast<std::uint8_t>(type);
}

void set_authenticator(Bytes& packet, BytesView value) {
    std::ranges::copy(value, packet.begin() + authenticator_at);
}

// MD5 over the packet and the secret after it.
crypto::Md5 signature(BytesView packet, const model::Secret& secret) {
    Bytes signed_octets;
    signed_octets.reserve(packet.size() + secret.size());
    wire::Writer out(signed_octets);
    out.bytes(packet);
    out.bytes(secret.reveal());
    const auto digest = crypto::md5(signed_octets);
    model::wipe(signed_octets.data(), signed_octets.size());
    return digest;
}

void write(wire::Writer& out, const Attribute& attribute) {
    out.u8(attribute.type);
    out.u8(static_cast<std::uint8_t>(attribute.value.size() + 2));
    out.bytes(attribute.value);
}

}  // namespace

std::optional<BytesView> Packet::find(Type type) const {
    const auto found = std::ranges::find_if(
        attributes, [&](const Attribute& attribute) { return has_type(attribute, type); });
    if (found == attributes.end()) return std::nullopt;
    return found->value;
}

std::optional<std::uint32_t> Packet::number(Type type) const {
    const auto value = find(type);
    if (!value || value->size() != 4) return std::nullopt;
    return wire::Reader(*value).u32();
}

std::optional<BytesView> Packet::find(Type3gpp type) const {
    for (const Attribute& attribute : attributes) {
        if (!has_type(attribute, Type::vendor_specific)) continue;
        for (const Attribute& inner : vendor_attributes(attribute.value, vendor_3gpp))
            if (inner.type == static_cast<std::uint8_t>(type)) return inner.value;
    }
    return std::nullopt;
}

Result<Packet> decode(BytesView datagram) {
    wire::Reader in(datagram);
    const auto code = in.u8();
    const auto identifier = in.u8();
    const auto length = in.u16();
    const auto authenticator = in.take(authenticator_size);
    if (!code || !identifier || !length || !authenticator) return Errc::truncated;
    if (*length < header_size || *length > max_packet) return Errc::bad_length;
    if (*length > datagram.size()) return Errc::truncated;
    Packet packet;
    packet.code = *code;
    packet.identifier = *identifier;
    packet.octets = datagram.first(*length);
    packet.authenticator = *authenticator;
    if (!read_attributes(wire::Reader(packet.octets.subspan(header_size)), packet.attributes))
        return Errc::bad_attribute;
    return packet;
}

std::vector<Attribute> vendor_attributes(BytesView value, std::uint32_t vendor) {
    std::vector<Attribute> found;
    wire::Reader in(value);
    if (in.u32() == vendor) read_attributes(in, found);
    return found;
}

bool is_authentic(const Packet& request, const model::Secret& secret) {
    Bytes octets(request.octets.begin(), request.octets.end());
    set_authenticator(octets, zeros);
    return crypto::equal(signature(octets, secret), request.authenticator);
}

Seal message_authenticator(const Packet& request, const model::Secret& secret) {
    const auto is_seal = [](const Attribute& attribute) {
        return has_type(attribute, Type::message_authenticator);
    };
    const auto seals = std::ranges::count_if(request.attributes, is_seal);
    if (seals == 0) return Seal::absent;
    const auto seal = request.find(Type::message_authenticator);
    if (seals > 1 || seal->size() != authenticator_size) return Seal::wrong;
    Bytes octets(request.octets.begin(), request.octets.end());
    if (request.code == static_cast<std::uint8_t>(Code::accounting_request))
        set_authenticator(octets, zeros);
    std::ranges::copy(zeros, octets.begin() + (seal->data() - request.octets.data()));
    return crypto::equal(crypto::hmac_md5(secret.reveal(), octets), *seal) ? Seal::right
                                                                           : Seal::wrong;
}

Bytes encode_response(const Packet& request, const model::Secret& secret) {
    Bytes packet;
    wire::Writer out(packet);
    out.u8(static_cast<std::uint8_t>(Code::accounting_response));
    out.u8(request.identifier);
    out.u16(0);  // the length, by and by
    out.bytes(request.authenticator);
    const bool sealed = request.find(Type::message_authenticator).has_value();
    const std::size_t seal_at = packet.size() + 2;
    if (sealed) write(out, {static_cast<std::uint8_t>(Type::message_authenticator), zeros});
    // They came in a packet of at most max_packet, so they fit into this one.
    for (const Attribute& attribute : request.attributes)
        if (has_type(attribute, Type::proxy_state)) write(out, attribute);
    packet[2] = static_cast<std::uint8_t>(packet.size() >> 8);
    packet[3] = static_cast<std::uint8_t>(packet.size() & 0xFF);
    if (sealed) {
        if (request.code == static_cast<std::uint8_t>(Code::accounting_request))
            set_authenticator(packet, zeros);
        std::ranges::copy(crypto::hmac_md5(secret.reveal(), packet),
                          packet.begin() + static_cast<std::ptrdiff_t>(seal_at));
        set_authenticator(packet, request.authenticator);
    }
    set_authenticator(packet, signature(packet, secret));
    return packet;
}

}  // namespace attach::radius
