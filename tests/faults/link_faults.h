#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <vector>

// What a bad link does to one datagram, from a seed: the same seed does the same to the same
// sequence of datagrams.
namespace faults {

struct LinkSettings {
    std::uint64_t seed = 1;
    double loss = 0;         // 0 to 1
    double duplication = 0;  // 0 to 1
    double reordering = 0;   // 0 to 1: held back, so that later ones overtake it
    std::chrono::milliseconds delay{0};
    std::chrono::milliseconds reordering_delay{50};
};

// One direction of one client's link: clients do not disturb each other's luck.
class Link {
  public:
    Link(const LinkSettings& settings, std::uint64_t client, bool upwards);

    // When each copy of the next datagram arrives, counted from now; none: it is lost.
    std::vector<std::chrono::milliseconds> next();

  private:
    LinkSettings settings_;
    std::mt19937_64 random_;
};

}  // namespace faults
