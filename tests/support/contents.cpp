#include "tests/support/contents.h"

#include <bit>
#include <limits>
#include <type_traits>
#include <variant>

#include "server/bootstrap/session_reads.h"

namespace support {
namespace {

wire::Bytes big_endian(std::uint64_t value, unsigned size) {
    wire::Bytes out;
    for (unsigned shift = 8 * size; shift > 0; shift -= 8) {
        out.push_back(static_cast<std::uint8_t>(value >> (shift - 8)));
    }
    return out;
}

template <class T>
bool fits(std::int64_t value) {
    return value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max();
}

// LwM2M Core appendix C: the shortest of 1, 2, 4 and 8 octets.
wire::Bytes octets_of(std::int64_t value) {
    const unsigned size = fits<std::int8_t>(value)    ? 1
                          : fits<std::int16_t>(value) ? 2
                          : fits<std::int32_t>(value) ? 4
                                                      : 8;
    return big_endian(static_cast<std::uint64_t>(value), size);
}

std::string hex_of(const model::Single& single) {
    return std::visit(
        [](const auto& value) {
            using Type = std::decay_t<decltype(value)>;
            if constexpr (std::is_same_v<Type, std::string>) {
                return wire::to_hex(wire::as_bytes(value));
            } else if constexpr (std::is_same_v<Type, std::int64_t>) {
                return wire::to_hex(octets_of(value));
            } else if constexpr (std::is_same_v<Type, double>) {
                return wire::to_hex(big_endian(std::bit_cast<std::uint64_t>(value), 8));
            } else if constexpr (std::is_same_v<Type, bool>) {
                return std::string(value ? "01" : "00");
            } else if constexpr (std::is_same_v<Type, model::Opaque>) {
                return wire::to_hex(value.octets);
            } else if constexpr (std::is_same_v<Type, model::Secret>) {
                return wire::to_hex(value.reveal());
            } else if constexpr (std::is_same_v<Type, model::Time>) {
                return wire::to_hex(octets_of(value.seconds));
            } else {
                return wire::to_hex(
                    big_endian(static_cast<std::uint32_t>(value.object) << 16 | value.instance, 4));
            }
        },
        single);
}

}  // namespace

std::string in_hex(const model::Value& value) {
    if (const auto* single = std::get_if<model::Single>(&value)) return hex_of(*single);
    std::string text = "{";
    for (const auto& [id, each] : std::get<model::Multiple>(value)) {
        text += std::to_string(id) + "=" + hex_of(each) + ",";
    }
    return text + "}";
}

Instance in_hex(const model::Resources& resources) {
    Instance instance;
    for (const auto& [id, value] : resources) instance[id] = in_hex(value);
    return instance;
}

const lwm2m::TypeOf& device_types() {
    static const model::Definitions definitions = model::Definitions::built_in();
    static const lwm2m::TypeOf types = bootstrap::types_by(definitions, model::Enabler::v1_2);
    return types;
}

}  // namespace support
