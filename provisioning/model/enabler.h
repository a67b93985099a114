#pragma once

#include <cstdint>
#include <string_view>

namespace model {

// The LwM2M enabler's version that a device was built for.
enum class Enabler : std::uint8_t { v1_0, v1_1, v1_2 };

constexpr std::string_view to_string(Enabler enabler) {
    switch (enabler) {
        case Enabler::v1_0:
            return "1.0";
        case Enabler::v1_1:
            return "1.1";
        case Enabler::v1_2:
            return "1.2";
    }
    return "";
}

}  // namespace model
