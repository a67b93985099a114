#pragma once

#include <cmath>
#include <limits>

namespace lwm2m {

// Whether the four octets of IEEE 754's binary32 hold the value; a NaN is left to the eight.
inline bool is_exact_in_single_precision(double value) {
    if (!std::isfinite(value)) return std::isinf(value);
    if (std::abs(value) > static_cast<double>(std::numeric_limits<float>::max())) return false;
    return static_cast<double>(static_cast<float>(value)) == value;
}

}  // namespace lwm2m
