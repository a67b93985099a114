#include "server/outbound/deliverer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

#include "server/asio.h"
#include "server/journal/messages.h"
#include "server/outbound/signing.h"

namespace outbound {
namespace {

using std::chrono::milliseconds;

// Where the store cannot say when to come again.
constexpr milliseconds look_again = std::chrono::seconds(5);
constexpr milliseconds longest_wait = std::chrono::hours(1);
constexpr auto log_interval = std::chrono::minutes(1);
constexpr std::size_t most_error_octets = 300;

store::WallTime wall_now() {
    return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
}

// RFC 9110 §15: what says nothing against the message itself.
WebhookQueue::Fault fault(const Result& result) {
    if (!result) return WebhookQueue::Fault::hook;
    const unsigned status = result->status;
    return status >= 500 || status == 408 || status == 429 ? WebhookQueue::Fault::hook
                                                           : WebhookQueue::Fault::message;
}

}  // namespace

class Deliverer::Impl : public std::enable_shared_from_this<Deliverer::Impl> {
  public:
    Impl(boost::asio::io_context& context, store::Store& store, Client& client,
         wire::Random& random, journal::Journal& journal, Backoff backoff)
        : context_(context),
          store_(store),
          client_(client),
          journal_(journal),
          queue_(backoff, random),
          timer_(context) {}

    void reconfigure(std::vector<Webhook> webhooks);
    void wake();
    void stop();
    std::vector<std::string> wanting(std::string_view kind) const;

    std::map<std::string, Counters> counters_;
    const WebhookQueue& queue() const { return queue_; }

  private:
    // Lines of the log about one hook: one a minute, the rest are counted.
    struct Told {
        // How many were left out before this one; nothing when it is left out too.
        std::optional<std::uint64_t> take(wire::TimePoint now);

        wire::TimePoint when{};
        std::uint64_t left_out = 0;
        bool ever = false;
    };

    // What the store's callback has to do on this thread, if the Deliverer is still there.
    template <class T, class Do>
    store::Then<T> here(Do what);
    void on_due(store::Result<std::vector<store::Delivery>> due);
    void act(WebhookQueue::Send action);
    void act(WebhookQueue::Drop action);
    void act(WebhookQueue::Postpone action);
    void on_answer(const store::Delivery& delivery, const Result& result);
    void tell_failure(std::uint64_t sequence, store::WallTime due, std::string why);
    template <class T>
    void on_told(std::uint64_t sequence, const store::Result<T>& result);
    void set_timer();
    void wait_until(store::WallTime when);
    void log_failure(const store::Delivery& delivery, const std::string& why);
    void log_store_failure(const store::Error& error);

    boost::asio::io_context& context_;
    store::Store& store_;
    Client& client_;
    journal::Journal& journal_;
    WebhookQueue queue_;
    std::map<std::string, Webhook> webhooks_;
    std::map<std::string, Told> told_;
    boost::asio::steady_timer timer_;
    std::optional<store::WallTime> next_change_;  // of the queue
    store::WallTime asked_at_{};
    bool running_ = false;
    bool asking_ = false;
    bool ask_again_ = false;
};

template <class T, class Do>
store::Then<T> Deliverer::Impl::here(Do what) {
    return [weak = weak_from_this(), &context = context_,
            what = std::move(what)](store::Result<T> result) {
        boost::asio::post(context, [weak, what, result = std::move(result)]() mutable {
            if (const auto self = weak.lock()) what(*self, std::move(result));
        });
    };
}

void Deliverer::Impl::reconfigure(std::vector<Webhook> webhooks) {
    webhooks_.clear();
    told_.clear();
    std::vector<HookRules> rules;
    for (Webhook& each : webhooks) {
        rules.push_back(each.rules);
        counters_[each.rules.name];
        const std::string name = each.rules.name;
        webhooks_.insert_or_assign(name, std::move(each));
    }
    std::erase_if(counters_, [&](const auto& entry) { return !webhooks_.contains(entry.first); });
    queue_.configure(rules);
    running_ = true;
    wake();
}

void Deliverer::Impl::wake() {
    if (!running_) return;
    if (asking_) {
        ask_again_ = true;
        return;
    }
    asking_ = true;
    ask_again_ = false;
    asked_at_ = wall_now();
    queue_.asked(asked_at_);
    store_.due_deliveries(asked_at_, queue_.page(),
                          here<std::vector<store::Delivery>>(
                              [](Impl& self, store::Result<std::vector<store::Delivery>> due) {
                                  self.on_due(std::move(due));
                              }));
}

void Deliverer::Impl::on_due(store::Result<std::vector<store::Delivery>> due) {
    asking_ = false;
    if (!running_) return;
    if (!due) {
        log_store_failure(due.error());
        ask_again_ = false;
        wait_until(wall_now() + look_again);
        return;
    }
    const auto now = wall_now();
    for (auto& action : queue_.offer(std::move(*due), now))
        std::visit([&](auto& each) { act(std::move(each)); }, action);
    // As of then: a pause that ends meanwhile is not to be missed.
    next_change_ = queue_.next_change(now);
    if (ask_again_)
        wake();
    else
        set_timer();
}

void Deliverer::Impl::act(WebhookQueue::Send action) {
    store::Delivery& delivery = action.delivery;
    const Webhook& hook = webhooks_.at(delivery.item.hook);
    OutRequest request;
    request.url = hook.url;
    request.headers = message_headers(
        delivery, std::chrono::floor<std::chrono::seconds>(wall_now()), hook.secret);
    request.body = delivery.item.body;
    request.timeout = hook.timeout;
    request.ca_file = hook.ca_file;
    client_.send(std::move(request),
                 [weak = weak_from_this(), delivery = std::move(delivery)](const Result& result) {
                     if (const auto self = weak.lock()) self->on_answer(delivery, result);
                 });
}

void Deliverer::Impl::on_answer(const store::Delivery& delivery, const Result& result) {
    const auto counters = counters_.find(delivery.item.hook);
    const std::uint64_t sequence = delivery.sequence;
    if (result && result->status >= 200 && result->status < 300) {
        if (counters != counters_.end()) ++counters->second.delivered;
        queue_.delivered(sequence);
        store_.delivered(sequence, here<void>([sequence](Impl& self, store::Result<void> told) {
                             self.on_told(sequence, told);
                         }));
        return;
    }
    if (counters != counters_.end()) ++counters->second.failed;
    std::string why = result ? "answered " + std::to_string(result->status) : result.error();
    if (why.size() > most_error_octets) why.resize(most_error_octets);
    log_failure(delivery, why);
    const auto due = queue_.failed(sequence, fault(result),
                                   result ? result->retry_after : std::nullopt, wall_now());
    tell_failure(sequence, due, std::move(why));
}

void Deliverer::Impl::act(WebhookQueue::Drop action) {
    const store::Delivery& delivery = action.delivery;
    const std::uint64_t sequence = delivery.sequence;
    if (const auto counters = counters_.find(delivery.item.hook); counters != counters_.end())
        ++counters->second.dropped;
    journal_.write(journal::message::webhook_dropped,
                   {{"hook", delivery.item.hook},
                    {"endpoint", delivery.item.endpoint},
                    {"kind", delivery.item.kind},
                    {"delivery", std::to_string(sequence)},
                    {"attempts", std::to_string(delivery.attempts)},
                    {"cause", delivery.last_error}});
    const nlohmann::json detail = {{"delivery", sequence},
                                   {"hook", delivery.item.hook},
                                   {"kind", delivery.item.kind},
                                   {"cause", "too old"}};
    store::AuditEntry entry{"daemon", "delivery.drop", delivery.item.endpoint,
                            detail.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
    store_.drop_delivery(
        sequence, std::move(entry),
        here<store::RemoveResult>([sequence](Impl& self, store::Result<store::RemoveResult> told) {
            self.on_told(sequence, told);
        }));
}

void Deliverer::Impl::act(WebhookQueue::Postpone action) {
    tell_failure(action.delivery.sequence, action.due,
                 "there is no webhook of this name in the settings");
}

void Deliverer::Impl::tell_failure(std::uint64_t sequence, store::WallTime due, std::string why) {
    store_.delivery_failed(sequence, due, std::move(why),
                           here<void>([sequence](Impl& self, store::Result<void> told) {
                               self.on_told(sequence, told);
                           }));
}

template <class T>
void Deliverer::Impl::on_told(std::uint64_t sequence, const store::Result<T>& result) {
    if (result) {
        queue_.settled(sequence);
    } else {
        queue_.unsettled(sequence, wall_now());
        log_store_failure(result.error());
    }
    wake();
}

void Deliverer::Impl::set_timer() {
    store_.next_delivery(here<std::optional<store::WallTime>>(
        [](Impl& self, store::Result<std::optional<store::WallTime>> next) {
            if (!self.running_ || self.asking_) return;
            const auto now = wall_now();
            std::optional<store::WallTime> when = self.next_change_;
            const auto sooner = [&](store::WallTime other) {
                if (!when || other < *when) when = other;
            };
            if (!next)
                sooner(now + look_again);
            else if (*next)
                // Due already, and not sent: something else has to happen first, or was missed.
                sooner(**next > self.asked_at_ ? **next : now + look_again);
            if (when) self.wait_until(*when);
        }));
}

void Deliverer::Impl::wait_until(store::WallTime when) {
    // A wall clock that jumps is noticed at the latest after this.
    timer_.expires_after(
        std::clamp<milliseconds>(when - wall_now(), milliseconds(1), longest_wait));
    timer_.async_wait([weak = weak_from_this()](boost::system::error_code stopped) {
        if (const auto self = stopped ? nullptr : weak.lock()) self->wake();
    });
}

std::optional<std::uint64_t> Deliverer::Impl::Told::take(wire::TimePoint now) {
    if (ever && now - when < log_interval) {
        ++left_out;
        return std::nullopt;
    }
    when = now;
    ever = true;
    return std::exchange(left_out, 0);
}

void Deliverer::Impl::log_failure(const store::Delivery& delivery, const std::string& why) {
    const auto left_out = told_[delivery.item.hook].take(wire::Clock::now());
    if (!left_out) return;
    journal_.write(journal::message::webhook_failed,
                   {{"hook", delivery.item.hook},
                    {"endpoint", delivery.item.endpoint},
                    {"kind", delivery.item.kind},
                    {"delivery", std::to_string(delivery.sequence)},
                    {"attempts", std::to_string(delivery.attempts + 1)},
                    {"cause", why},
                    {"left_out_before", std::to_string(*left_out)}});
}

void Deliverer::Impl::log_store_failure(const store::Error& error) {
    if (error.code == store::Errc::closed) return;
    journal_.write(journal::message::store_failed, {{"what", "webhooks"}, {"cause", error.text}});
}

void Deliverer::Impl::stop() {
    running_ = false;
    timer_.cancel();
}

std::vector<std::string> Deliverer::Impl::wanting(std::string_view kind) const {
    std::vector<std::string> names;
    for (const auto& [name, hook] : webhooks_)
        if (hook.events.empty() ||
            std::find(hook.events.begin(), hook.events.end(), kind) != hook.events.end())
            names.push_back(name);
    return names;
}

Deliverer::Deliverer(boost::asio::io_context& context, store::Store& store, Client& client,
                     wire::Random& random, journal::Journal& journal, Backoff backoff)
    : impl_(std::make_shared<Impl>(context, store, client, random, journal, backoff)) {}
Deliverer::~Deliverer() {
    impl_->stop();
}

void Deliverer::reconfigure(std::vector<Webhook> webhooks) {
    impl_->reconfigure(std::move(webhooks));
}
void Deliverer::wake() {
    impl_->wake();
}
void Deliverer::stop() {
    impl_->stop();
}
std::vector<std::string> Deliverer::wanting(std::string_view kind) const {
    return impl_->wanting(kind);
}
std::map<std::string, Deliverer::Counters> Deliverer::counters() const {
    return impl_->counters_;
}
std::size_t Deliverer::in_flight() const {
    return impl_->queue().in_flight();
}

}  // namespace outbound
