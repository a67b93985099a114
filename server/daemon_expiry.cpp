#include "server/daemon_expiry.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "server/http/times.h"
#include "server/journal/messages.h"

namespace bootstrapd {
namespace {

constexpr std::int64_t day = 86400;
constexpr auto interval = std::chrono::hours(12);

}  // namespace

std::vector<Expiring> ending(const std::vector<Expiring>& all, std::int64_t now,
                             std::int64_t ahead) {
    std::vector<Expiring> soon;
    std::copy_if(all.begin(), all.end(), std::back_inserter(soon),
                 [&](const Expiring& each) { return each.not_after < now + ahead; });
    std::stable_sort(soon.begin(), soon.end(), [](const Expiring& one, const Expiring& other) {
        return one.not_after < other.not_after;
    });
    return soon;
}

std::int64_t days_left(const Expiring& expiring, std::int64_t now) {
    const std::int64_t seconds = expiring.not_after - now;
    return seconds >= 0 ? seconds / day : -((-seconds + day - 1) / day);
}

void ExpiryWatch::set(std::vector<Expiring> expiring, double ahead) {
    expiring_ = std::move(expiring);
    ahead_ = static_cast<std::int64_t>(ahead);
    look();
}

void ExpiryWatch::look() {
    const auto wall = std::chrono::system_clock::now();
    const std::int64_t now =
        std::chrono::floor<std::chrono::seconds>(wall).time_since_epoch().count();
    for (const Expiring& each : ending(expiring_, now, ahead_))
        journal_.write(
            journal::message::certificate_expires,
            {{"kind", std::string(to_string(each.kind))},
             {"name", each.name},
             {"pointer", each.pointer},
             {"ends",
              http::to_rfc3339(std::chrono::sys_seconds(std::chrono::seconds(each.not_after)))},
             {"daysLeft", std::to_string(days_left(each, now))}});
    if (expiring_.empty()) return;
    timer_.expires_after(interval);
    timer_.async_wait([this](boost::system::error_code cancelled) {
        if (!cancelled) look();
    });
}

}  // namespace bootstrapd
