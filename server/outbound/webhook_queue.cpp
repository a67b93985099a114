#include "server/outbound/webhook_queue.h"

#include <algorithm>
#include <iterator>

namespace outbound {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds age_without_hook = std::chrono::days(3);
constexpr milliseconds pause_without_hook = std::chrono::hours(1);
constexpr milliseconds longest_retry_after = std::chrono::hours(1);
constexpr std::size_t smallest_page = 128;
constexpr std::size_t most_retries = 1000;

}  // namespace

milliseconds Backoff::after(unsigned failures, wire::Random& random) const {
    milliseconds pause = first;
    for (unsigned i = 0; i < failures && pause < longest; ++i) pause *= 2;
    if (pause >= longest) {
        // The failures that it takes to get there.
        unsigned steps = 0;
        for (milliseconds step = first; step < longest; step *= 2) ++steps;
        pause = failures > steps ? afterwards : longest;
    }
    const double factor = 0.8 + 0.4 * random.next_unit();
    return milliseconds(
        static_cast<milliseconds::rep>(static_cast<double>(pause.count()) * factor));
}

WebhookQueue::WebhookQueue(Backoff backoff, wire::Random& random)
    : backoff_(backoff), random_(random) {}

void WebhookQueue::configure(const std::vector<HookRules>& rules) {
    std::map<std::string, Hook, std::less<>> hooks;
    page_ = smallest_page;
    for (const HookRules& each : rules) {
        Hook& hook = hooks[each.name];
        // A hook that was mended in the settings is tried at once: its pause is over.
        hook.rules = each;
        hook.sending = static_cast<std::size_t>(
            std::count_if(in_flight_.begin(), in_flight_.end(), [&](const auto& entry) {
                return entry.second.sending && entry.second.hook == each.name;
            }));
        page_ = std::max(page_, 4 * each.concurrency);
    }
    hooks_ = std::move(hooks);
}

bool WebhookQueue::may_send(const Hook& hook, store::WallTime now) const {
    if (hook.failures == 0) return hook.sending < hook.rules.concurrency;
    return hook.paused_until <= now && hook.sending == 0;
}

void WebhookQueue::add(const store::Delivery& delivery, bool sending) {
    const store::OutboxItem& item = delivery.item;
    in_flight_[delivery.sequence] = {item.hook, item.endpoint, delivery.attempts, sending};
    busy_.emplace(item.hook, item.endpoint);
}

void WebhookQueue::asked(store::WallTime now) {
    asking_ = true;
    retries_.erase(retries_.begin(), retries_.upper_bound(now));
    settled_meanwhile_.clear();
}

std::vector<WebhookQueue::Action> WebhookQueue::offer(std::vector<store::Delivery> due,
                                                      store::WallTime now) {
    std::vector<Action> actions;
    const std::set<std::uint64_t> stale = std::exchange(settled_meanwhile_, {});
    asking_ = false;
    if (now < held_until_) return actions;
    for (store::Delivery& delivery : due) {
        if (stale.contains(delivery.sequence) || in_flight_.contains(delivery.sequence) ||
            busy_.contains({delivery.item.hook, delivery.item.endpoint}))
            continue;
        const auto hook = hooks_.find(delivery.item.hook);
        const auto max_age = hook == hooks_.end() ? age_without_hook : hook->second.rules.max_age;
        if (delivery.created + max_age <= now) {
            add(delivery, false);
            actions.emplace_back(Drop{std::move(delivery)});
        } else if (hook == hooks_.end()) {
            add(delivery, false);
            actions.emplace_back(Postpone{std::move(delivery), now + pause_without_hook});
        } else if (may_send(hook->second, now)) {
            add(delivery, true);
            ++hook->second.sending;
            actions.emplace_back(Send{std::move(delivery)});
        }
    }
    return actions;
}

void WebhookQueue::stop_sending(InFlight& entry) {
    if (!entry.sending) return;
    entry.sending = false;
    if (const auto hook = hooks_.find(entry.hook); hook != hooks_.end() && hook->second.sending > 0)
        --hook->second.sending;
}

void WebhookQueue::delivered(std::uint64_t sequence) {
    const auto found = in_flight_.find(sequence);
    if (found == in_flight_.end()) return;
    stop_sending(found->second);
    if (const auto hook = hooks_.find(found->second.hook); hook != hooks_.end())
        hook->second.failures = 0;
}

store::WallTime WebhookQueue::failed(std::uint64_t sequence, Fault fault,
                                     std::optional<std::chrono::seconds> retry_after,
                                     store::WallTime now) {
    const auto found = in_flight_.find(sequence);
    const unsigned attempts = found == in_flight_.end() ? 0 : found->second.attempts;
    milliseconds pause = backoff_.after(attempts, random_);
    const milliseconds asked_for =
        retry_after ? std::min<milliseconds>(*retry_after, longest_retry_after) : milliseconds(0);
    pause = std::max(pause, asked_for);
    // The soonest ones are enough: at each of them the store is asked for all.
    retries_.insert(now + pause);
    if (retries_.size() > most_retries) retries_.erase(std::prev(retries_.end()));
    if (found == in_flight_.end()) return now + pause;
    stop_sending(found->second);
    const auto hook = hooks_.find(found->second.hook);
    if (hook == hooks_.end()) return now + pause;
    switch (fault) {
        case Fault::message:
            hook->second.failures = 0;
            break;
        case Fault::hook:
            // Those that were under way together fail together, and count once.
            if (hook->second.failures > 0 && now < hook->second.paused_until) break;
            hook->second.paused_until =
                now + std::max(asked_for, std::min(backoff_.after(hook->second.failures, random_),
                                                   backoff_.longest));
            ++hook->second.failures;
            break;
    }
    return now + pause;
}

void WebhookQueue::settled(std::uint64_t sequence) {
    const auto found = in_flight_.find(sequence);
    if (found == in_flight_.end()) return;
    stop_sending(found->second);
    busy_.erase({found->second.hook, found->second.endpoint});
    in_flight_.erase(found);
    if (asking_) settled_meanwhile_.insert(sequence);
    store_failures_ = 0;
}

void WebhookQueue::unsettled(std::uint64_t sequence, store::WallTime now) {
    const unsigned before = store_failures_;
    settled(sequence);
    held_until_ = now + std::min(backoff_.after(before, random_), backoff_.longest);
    store_failures_ = before + 1;
}

std::optional<store::WallTime> WebhookQueue::next_change(store::WallTime now) const {
    std::optional<store::WallTime> next;
    const auto consider = [&](store::WallTime when) {
        if (when > now && (!next || when < *next)) next = when;
    };
    for (const auto& [name, hook] : hooks_)
        if (hook.failures > 0) consider(hook.paused_until);
    consider(held_until_);
    if (!retries_.empty() && (!next || *retries_.begin() < *next)) next = *retries_.begin();
    return next;
}

}  // namespace outbound
