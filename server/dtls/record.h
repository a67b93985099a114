#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "server/wire/bytes.h"
#include "server/wire/reader.h"

// The framing of DTLS 1.2, RFC 6347 §4.1 and §4.2.2, as far as it is in clear. Total functions:
// any octets; the views live as long as the octets.
namespace dtls {

enum class ContentType : std::uint8_t {  // others pass through
    change_cipher_spec = 20,
    alert = 21,
    handshake = 22,
    application_data = 23,
};

inline constexpr std::size_t record_header = 13;

struct Record {
    ContentType type{};
    std::uint16_t epoch = 0;
    std::uint64_t sequence = 0;
    wire::BytesView body;
};

// The records of a datagram, in order; ends at the first octets that are no DTLS record.
class RecordReader {
  public:
    explicit RecordReader(wire::BytesView datagram) : in_(datagram) {}
    std::optional<Record> next();

  private:
    wire::Reader in_;
};

// What stands before the first record of epoch 1 or above whose body is shorter than `least`; all
// of it where there is none.
wire::BytesView before_short_record(wire::BytesView datagram, std::size_t least);

bool holds_encrypted_handshake(wire::BytesView datagram);

// A fatal alert in clear, RFC 5246 §7.2. Its sequence number is beyond any that a handshake uses.
wire::Bytes fatal_alert(std::uint8_t description);

enum class HandshakeType : std::uint8_t {  // others pass through
    client_hello = 1,
    certificate = 11,
    client_key_exchange = 16,
};

struct Fragment {
    HandshakeType type{};
    std::uint32_t message_length = 0;
    std::uint16_t message_seq = 0;
    std::uint32_t offset = 0;
    wire::BytesView body;
};

// The handshake messages, or parts of them, in one record of epoch 0; ends at the first octets
// that are none.
class FragmentReader {
  public:
    explicit FragmentReader(wire::BytesView record_body) : in_(record_body) {}
    std::optional<Fragment> next();

  private:
    wire::Reader in_;
};

}  // namespace dtls
