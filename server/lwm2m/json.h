#pragma once

#include <cstdint>
#include <optional>

#include "server/lwm2m/item.h"
#include "server/lwm2m/output.h"
#include "server/wire/bytes.h"

// JSON, RFC 8259.
namespace lwm2m {

// One value that is the whole payload; nothing where it is malformed (also: not UTF-8, a number
// that no double comes near to), has more than max_items values or is deeper than max_item_depth.
std::optional<Item> decode_json(wire::BytesView payload);

// A string with its quotes; the text is UTF-8.
void write_json_string(wire::BytesView utf8, Output& out);
void write_json_number(std::int64_t value, Output& out);
// The shortest text that is read as the same value and is no integer's; the value is finite.
void write_json_number(double value, Output& out);

}  // namespace lwm2m
