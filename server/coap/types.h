#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "server/wire/bytes.h"

// The identifiers of CoAP, RFC 7252 §3.
namespace coap {

enum class MessageId : std::uint16_t {};

enum class Type : std::uint8_t {
    confirmable = 0,
    non_confirmable = 1,
    acknowledgement = 2,
    reset = 3,
};

// class.detail in one octet, RFC 7252 §12.1. Codes that are not named here pass through.
enum class Code : std::uint8_t {
    empty = 0x00,
    get = 0x01,
    post = 0x02,
    put = 0x03,
    delete_ = 0x04,
    created = 0x41,
    deleted = 0x42,
    valid = 0x43,
    changed = 0x44,
    content = 0x45,
    continue_ = 0x5F,
    bad_request = 0x80,
    unauthorized = 0x81,
    bad_option = 0x82,
    forbidden = 0x83,
    not_found = 0x84,
    method_not_allowed = 0x85,
    not_acceptable = 0x86,
    request_entity_incomplete = 0x88,
    precondition_failed = 0x8C,
    request_entity_too_large = 0x8D,
    unsupported_content_format = 0x8F,
    internal_server_error = 0xA0,
    not_implemented = 0xA1,
    service_unavailable = 0xA3,
    proxying_not_supported = 0xA5,
};

constexpr unsigned code_class(Code code) {
    return static_cast<unsigned>(code) >> 5;
}
constexpr unsigned code_detail(Code code) {
    return static_cast<unsigned>(code) & 0x1FU;
}
constexpr bool is_request(Code code) {
    return code_class(code) == 0 && code != Code::empty;
}
constexpr bool is_response(Code code) {
    return code_class(code) == 2 || code_class(code) == 4 || code_class(code) == 5;
}
constexpr bool is_success(Code code) {
    return code_class(code) == 2;
}

// "2.04".
std::string to_string(Code code);

// 0 to 8 octets that pair a response with its request, RFC 7252 §5.3.1.
class Token {
  public:
    Token() = default;
    // Nothing when longer than 8 octets.
    static std::optional<Token> from(wire::BytesView octets);

    wire::BytesView view() const { return {octets_.data(), size_}; }
    friend auto operator<=>(const Token&, const Token&) = default;

  private:
    std::array<std::uint8_t, 8> octets_{};
    std::uint8_t size_ = 0;
};

}  // namespace coap
