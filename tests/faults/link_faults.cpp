#include "tests/faults/link_faults.h"

namespace faults {

Link::Link(const LinkSettings& settings, std::uint64_t client, bool upwards) : settings_(settings) {
    std::seed_seq seed{static_cast<std::uint32_t>(settings.seed),
                       static_cast<std::uint32_t>(settings.seed >> 32U),
                       static_cast<std::uint32_t>(client), upwards ? 1U : 0U};
    random_.seed(seed);
}

std::vector<std::chrono::milliseconds> Link::next() {
    // As many draws for every datagram, so that one fate does not shift the next one's.
    std::uniform_real_distribution<double> chance(0, 1);
    const bool lost = chance(random_) < settings_.loss;
    const bool twice = chance(random_) < settings_.duplication;
    const bool late = chance(random_) < settings_.reordering;
    if (lost) return {};
    std::vector<std::chrono::milliseconds> copies{
        settings_.delay + (late ? settings_.reordering_delay : std::chrono::milliseconds(0))};
    if (twice) copies.push_back(settings_.delay + settings_.reordering_delay / 2);
    return copies;
}

}  // namespace faults
