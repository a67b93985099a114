#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "server/wire/bytes.h"
#include "server/wire/time.h"
#include "tests/support/seeded_random.h"

namespace support {

enum class Direction { to_device, to_server };

// What a bad network does to datagrams, from a seed. No delay reaches MAX_LATENCY (100 s): the
// protocol promises nothing beyond it.
struct LinkWeather {
    double loss = 0;
    double duplication = 0;
    double reordering = 0;  // held back for up to `longest_delay`
    wire::Duration delay = std::chrono::milliseconds(50);
    wire::Duration longest_delay = std::chrono::seconds(90);
    // The first datagram, counted from 0 over both directions, from which all are lost.
    std::size_t cut_from = std::numeric_limits<std::size_t>::max();
    // How long a datagram takes, on purpose; nothing: as the rest of the weather has it.
    std::function<std::optional<wire::Duration>(Direction, wire::BytesView, wire::TimePoint)> takes;
    // Datagrams to lose on purpose; asked once for each.
    std::function<bool(Direction, wire::BytesView, wire::TimePoint)> drops;
};

// A link that keeps the order: every datagram takes 20 ms.
LinkWeather fair_weather();

class LossyLink {
  public:
    LossyLink(LinkWeather weather, SeededRandom& random)
        : weather_(std::move(weather)), random_(random) {}

    // When each copy of the datagram arrives; none: it is lost.
    std::vector<wire::TimePoint> send(Direction, wire::BytesView datagram, wire::TimePoint now);
    std::size_t seen() const { return seen_; }

  private:
    LinkWeather weather_;
    SeededRandom& random_;
    std::size_t seen_ = 0;
};

}  // namespace support
