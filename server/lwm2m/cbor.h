#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <boost/system/result.hpp>

#include "server/lwm2m/item.h"
#include "server/lwm2m/output.h"
#include "server/wire/bytes.h"

// CBOR, RFC 8949.
namespace lwm2m {

enum class CborErrc {
    truncated,  // an item ends after the payload
    malformed,  // not well-formed (§3), a text that is not UTF-8, or octets after the item
    too_deep,   // deeper than max_item_depth
    too_many,   // more than max_items
};

// One item that is the whole payload. Indefinite lengths come out as if they had been definite.
boost::system::result<Item, CborErrc> decode_cbor(wire::BytesView payload);

// Writes items in preferred serialization (§4.1), but for floating-point numbers: they take four
// octets where these hold them exactly, else eight; devices do not all read half precision. What
// array() and map() announce is for the caller to write.
class CborWriter {
  public:
    explicit CborWriter(Output& out) : out_(out) {}

    void unsigned_integer(std::uint64_t value) { head(0, value); }
    void integer(std::int64_t value);
    void bytes(wire::BytesView value);
    void text(wire::BytesView utf8);
    void text(std::string_view utf8) { text(wire::as_bytes(utf8)); }
    void array(std::size_t items) { head(4, items); }
    void map(std::size_t entries) { head(5, entries); }
    void tag(std::uint64_t number) { head(6, number); }
    void boolean(bool value) { out_.u8(value ? 0xF5 : 0xF4); }
    void null() { out_.u8(0xF6); }
    void floating(double value);

  private:
    void head(std::uint8_t major, std::uint64_t argument);

    Output& out_;
};

}  // namespace lwm2m
