#include "server/daemon_cores.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <sched.h>
#include <string>

namespace bootstrapd {
namespace {

constexpr const char* cpu_max = "/sys/fs/cgroup/cpu.max";

// A positive number at the beginning of the text, which is taken away.
std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number == 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

unsigned bound_to() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
    return static_cast<unsigned>(std::max(1, CPU_COUNT(&allowed)));
}

}  // namespace

std::optional<unsigned> cores_of_quota(std::string_view text) {
    const auto quota = take_number(text);
    if (!quota || !text.starts_with(' ')) return std::nullopt;
    text.remove_prefix(1);
    const auto period = take_number(text);
    if (!period || *quota > UINT32_MAX || *period > UINT32_MAX) return std::nullopt;
    return static_cast<unsigned>((*quota + *period - 1) / *period);
}

unsigned cores() {
    const unsigned bound = bound_to();
    std::ifstream file(cpu_max);
    std::string text;
    if (!file || !std::getline(file, text)) return bound;
    return std::min(bound, cores_of_quota(text).value_or(bound));
}

}  // namespace bootstrapd
