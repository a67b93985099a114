#include "provisioning/model/imei.h"

#include <cstddef>

namespace model {
namespace {

constexpr std::size_t distinguishing_digits = 14;
constexpr std::size_t imeisv_digits = 16;

}  // namespace

std::string normalised_imei(std::string_view text) {
    std::string digits;
    for (const char c : text) {
        if (c == '-' || c == ' ') continue;
        if (c < '0' || c > '9' || digits.size() == imeisv_digits) return std::string(text);
        digits += c;
    }
    if (digits.size() < distinguishing_digits) return std::string(text);
    digits.resize(distinguishing_digits);
    return digits;
}

}  // namespace model
