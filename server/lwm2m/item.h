#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "provisioning/model/value.h"
#include "server/wire/bytes.h"

// A data item of CBOR (RFC 8949 §2), of which JSON's values are some: what the readers of both
// give, and what the payload formats are read from.
namespace lwm2m {

// Limits of a document: its items, map keys counted in, and how deep they are nested.
inline constexpr std::size_t max_items = 16384;
inline constexpr std::size_t max_item_depth = 8;

struct Item;
struct Entry;
using Array = std::vector<Item>;
// In the order of the wire; a key may be there twice.
using Map = std::vector<Entry>;

struct Null {
    friend bool operator==(const Null&, const Null&) = default;
};
// The integer -1 - n.
struct Negative {
    std::uint64_t n = 0;
    friend bool operator==(const Negative&, const Negative&) = default;
};
struct Tagged {
    std::uint64_t tag = 0;
    Array item;  // one
    friend bool operator==(const Tagged&, const Tagged&) = default;
};
// A simple value that is no Boolean and not null; undefined is 23.
struct Simple {
    std::uint8_t number = 23;
    friend bool operator==(const Simple&, const Simple&) = default;
};

struct Item {
    std::variant<Null, bool, std::uint64_t, Negative, double, std::string, wire::Bytes, Array, Map,
                 Tagged, Simple>
        value;
    friend bool operator==(const Item&, const Item&) = default;
};
struct Entry {
    Item key;
    Item value;
    friend bool operator==(const Entry&, const Entry&) = default;
};

// An integer or a double: integers beyond 64 bits signed come out as the double next to them.
// Decimal fractions (tag 4, RFC 8949 §3.4.4) are numbers as well. Nothing for other items.
std::optional<model::Single> number_of(const Item& item);

// The value of one Resource as it looks: number, text, octets, Boolean; a Time where it is tagged
// as one (tags 0 and 1). Nothing for other items.
std::optional<model::Single> single_of(const Item& item);

}  // namespace lwm2m
