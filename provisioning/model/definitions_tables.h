#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "provisioning/model/definitions.h"

// The Objects that come with the daemon, in a compact form: a row is what one Resource is in a
// run of versions of its Object.
namespace model::tables {

enum Traits : unsigned { plain = 0, multiple = 1, mandatory = 2, sensitive = 4, read_only = 8 };
constexpr Traits operator|(Traits one, Traits other) {
    return static_cast<Traits>(static_cast<unsigned>(one) | static_cast<unsigned>(other));
}

struct Range {
    std::int64_t lowest = 0;
    std::int64_t highest = 0;
    std::int64_t step = 1;
};
inline constexpr Range any{};  // whatever the type holds
inline constexpr Range from_zero{0, std::numeric_limits<std::int64_t>::max()};
inline constexpr Range not_empty{1, longest_value};

inline constexpr ObjectVersion first_version{1, 0};
inline constexpr ObjectVersion last_version{std::numeric_limits<std::uint16_t>::max(), 0};

struct Row {
    ResourceId id;
    std::string_view name;
    ResourceType type;
    Traits traits = plain;
    Range range = any;
    ObjectVersion first = first_version;
    ObjectVersion last = last_version;
};

enum class Instances : bool { one, many };
inline constexpr Instances one = Instances::one;
inline constexpr Instances many = Instances::many;

// A version of an Object, and the enabler that it needs.
struct Edition {
    ObjectVersion version;
    Enabler since;
    Instances instances;
};

struct Object {
    ObjectId id;
    std::string_view name;
    std::span<const Row> rows;
    std::span<const Edition> editions;
};

std::span<const Object> accounts();
std::span<const Object> device();
std::span<const Object> networks();
std::span<const Object> applications();

}  // namespace model::tables
