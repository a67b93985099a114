#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/attach/radius_packet.h"
#include "server/crypto/digest.h"
#include "server/wire/writer.h"

// Accounting-Requests as a gateway makes them.
namespace attach::radius {

inline wire::Bytes from_hex(std::string_view hex) {
    wire::Bytes octets;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        octets.push_back(
            static_cast<std::uint8_t>(std::stoul(std::string(hex.substr(i, 2)), nullptr, 16)));
    return octets;
}

inline model::Secret secret(std::string_view text) {
    return model::Secret(wire::as_bytes(text));
}

class RequestWriter {
  public:
    explicit RequestWriter(std::uint8_t code = 4) : code_(code) {}

    RequestWriter& octets(Type type, wire::BytesView value) {
        wire::Writer out(attributes_);
        out.u8(static_cast<std::uint8_t>(type));
        out.u8(static_cast<std::uint8_t>(value.size() + 2));
        out.bytes(value);
        return *this;
    }
    RequestWriter& text(Type type, std::string_view value) {
        return octets(type, wire::as_bytes(value));
    }
    RequestWriter& number(Type type, std::uint32_t value) {
        wire::Bytes raw;
        wire::Writer(raw).u32(value);
        return octets(type, raw);
    }
    RequestWriter& of_3gpp(Type3gpp type, std::string_view value) {
        wire::Bytes raw;
        wire::Writer out(raw);
        out.u32(vendor_3gpp);
        out.u8(static_cast<std::uint8_t>(type));
        out.u8(static_cast<std::uint8_t>(value.size() + 2));
        out.bytes(wire::as_bytes(value));
        return octets(Type::vendor_specific, raw);
    }
    // Zeros, until it is signed.
    RequestWriter& sealed() {
        const std::uint8_t zeros[16] = {};
        seal_at_ = 20 + attributes_.size() + 2;
        return octets(Type::message_authenticator, zeros);
    }

    wire::Bytes signed_with(std::string_view secret, std::uint8_t identifier = 1) const {
        wire::Bytes packet;
        wire::Writer out(packet);
        out.u8(code_);
        out.u8(identifier);
        out.u16(static_cast<std::uint16_t>(20 + attributes_.size()));
        out.number(0, 8);
        out.number(0, 8);
        out.bytes(attributes_);
        if (seal_at_ != 0)
            std::ranges::copy(crypto::hmac_md5(wire::as_bytes(secret), packet),
                              packet.begin() + static_cast<std::ptrdiff_t>(seal_at_));
        if (code_ != 4) return packet;  // a Status-Server's authenticator is any
        wire::Bytes whole = packet;
        wire::Writer(whole).bytes(wire::as_bytes(secret));
        std::ranges::copy(crypto::md5(whole), packet.begin() + 4);
        return packet;
    }

  private:
    std::uint8_t code_;
    wire::Bytes attributes_;
    std::size_t seal_at_ = 0;
};

// A Start of one device at one gateway.
inline RequestWriter start(std::string_view session = "s1",
                           std::string_view imsi = "001010000000001",
                           std::uint32_t address = 0x6440000A, std::uint32_t status = 1) {
    RequestWriter request;
    request.number(Type::acct_status_type, status)
        .text(Type::acct_session_id, session)
        .number(Type::nas_ip_address, 0xC0000207);
    if (!imsi.empty()) request.of_3gpp(Type3gpp::imsi, imsi);
    if (address != 0) request.number(Type::framed_ip_address, address);
    return request;
}
inline RequestWriter stop(std::string_view session = "s1") {
    return start(session, "001010000000001", 0x6440000A, 2);
}
inline RequestWriter interim(std::uint32_t address, std::string_view session = "s1") {
    return start(session, "001010000000001", address, 3);
}
inline RequestWriter accounting_on(std::uint32_t status = 7) {
    RequestWriter request;
    request.number(Type::acct_status_type, status)
        .text(Type::acct_session_id, "0")
        .number(Type::nas_ip_address, 0xC0000207);
    return request;
}

}  // namespace attach::radius
