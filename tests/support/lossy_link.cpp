#include "tests/support/lossy_link.h"

namespace support {

LinkWeather fair_weather() {
    LinkWeather weather;
    weather.takes = [](Direction, wire::BytesView, wire::TimePoint) {
        return std::optional<wire::Duration>(std::chrono::milliseconds(20));
    };
    return weather;
}

std::vector<wire::TimePoint> LossyLink::send(Direction direction, wire::BytesView datagram,
                                             wire::TimePoint now) {
    const std::size_t number = seen_++;
    if (number >= weather_.cut_from) return {};
    if (weather_.drops && weather_.drops(direction, datagram, now)) return {};
    if (weather_.takes) {
        if (const auto time = weather_.takes(direction, datagram, now)) return {now + *time};
    }
    if (random_.chance(weather_.loss)) return {};
    std::vector<wire::TimePoint> arrivals(random_.chance(weather_.duplication) ? 2 : 1);
    for (wire::TimePoint& arrival : arrivals) {
        const wire::Duration most =
            random_.chance(weather_.reordering) ? weather_.longest_delay : weather_.delay;
        arrival = now + std::chrono::duration_cast<wire::Duration>(most * random_.next_unit());
    }
    return arrivals;
}

}  // namespace support
