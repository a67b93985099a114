#include "server/cli/system_random.h"

#include <algorithm>
#include <cerrno>
#include <sys/random.h>
#include <system_error>

namespace cli {

void SystemRandom::fill(std::span<std::uint8_t> out) {
    constexpr std::size_t most_at_once = 256;  // up to which getrandom() gives all or nothing
    while (!out.empty()) {
        const std::size_t count = std::min(out.size(), most_at_once);
        const ssize_t got = ::getrandom(out.data(), count, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw std::system_error(errno, std::generic_category(), "getrandom");
        out = out.subspan(static_cast<std::size_t>(got));
    }
}

}  // namespace cli
