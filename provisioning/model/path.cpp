#include "provisioning/model/path.h"

#include <cstddef>

//   path    = "/" / 1*3( "/" id ) [ "/" ]      the last "/" only where lenient
//   id      = "0" / ( %x31-39 *4DIGIT )        0 to 65534

namespace model {
namespace {

constexpr std::uint32_t max_id = 65535;  // reserved, LwM2M Core §7.1

std::optional<std::uint16_t> take_id(std::string_view& rest) {
    std::uint32_t id = 0;
    std::size_t digits = 0;
    while (digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9') {
        if (digits == 5) return std::nullopt;
        id = id * 10 + static_cast<std::uint32_t>(rest[digits] - '0');
        ++digits;
    }
    const bool has_leading_zero = digits > 1 && rest[0] == '0';
    if (digits == 0 || has_leading_zero || id >= max_id) return std::nullopt;
    rest.remove_prefix(digits);
    return static_cast<std::uint16_t>(id);
}

}  // namespace

std::optional<Path> Path::from(std::string_view text, Strictness strictness) {
    if (text.empty() || text[0] != '/') return std::nullopt;
    if (text == "/") return Path();
    if (strictness == Strictness::lenient && text.back() == '/') text.remove_suffix(1);

    Path path;
    for (auto* level : {&path.object_, &path.instance_, &path.resource_}) {
        if (text.empty() || text[0] != '/') return std::nullopt;
        text.remove_prefix(1);
        *level = take_id(text);
        if (!*level) return std::nullopt;
        if (text.empty()) return path;
    }
    return std::nullopt;
}

std::string Path::to_string() const {
    std::string text;
    for (const auto& level : {object_, instance_, resource_})
        if (level) text += "/" + std::to_string(*level);
    return text.empty() ? "/" : text;
}

}  // namespace model
