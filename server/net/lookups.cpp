#include "server/net/lookups.h"

#include <utility>

namespace net {

void Lookups::ask(std::uint64_t peer, std::uint64_t number, const bootstrap::DeviceQuery& query,
                  std::size_t limit) {
    counters_.lookups.set(++under_way_);
    if (under_way_ > limit) {
        inbox_->post(LookedUpDevice{peer, number, bootstrap::Unavailable{}});
        return;
    }
    handlers_.find_device(query, [inbox = inbox_, peer, number](bootstrap::DeviceAnswer answer) {
        inbox->post(LookedUpDevice{peer, number, std::move(answer)});
    });
}

void Lookups::answered(const LookedUpDevice& mail) {
    counters_.lookups.set(--under_way_);
    if (std::holds_alternative<bootstrap::Unavailable>(mail.answer)) ++counters_.lookups_failed;
}

}  // namespace net
