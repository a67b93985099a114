#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "provisioning/store/store.h"
#include "server/asio.h"
#include "server/bootstrap/directory.h"
#include "server/journal/journal.h"
#include "server/journal/log_limit.h"
#include "server/metrics/tally.h"

namespace bootstrapd {

// Puts the records of ended sessions into the store, together with the webhooks' messages that tell
// of them and the end of their triggers. While the store cannot take them they wait here, the
// oldest refused requests and then the oldest records going first when there are too many. Used on
// the control thread; Store, Journal and Tally outlive it.
class Recorder {
  public:
    static constexpr std::size_t most_waiting = 20'000;
    // Refused requests cost strangers nothing: so many a second are kept, no more.
    static constexpr unsigned refusals_per_second = 20;

    // `wanting` tells the webhooks that want events of a kind; `kept` is called with the id of each
    // session that the store has, and with whether webhooks are to be told of it.
    Recorder(boost::asio::io_context&, store::Store&, journal::Journal&, metrics::Tally&,
             std::function<std::vector<std::string>(std::string_view kind)> wanting,
             std::function<void(const bootstrap::SessionId&, bool told)> kept);
    ~Recorder();

    void record(const bootstrap::SessionRecord&, wire::TimePoint now);

    // Why the store takes nothing, as far as it is known; nothing: it does.
    const std::optional<std::string>& trouble() const { return trouble_; }
    std::size_t waiting() const { return waiting_.size() + under_way_; }
    std::uint64_t lost() const { return lost_; }
    // Called once when nothing waits any more, or at once.
    void when_idle(std::function<void()> then);

  private:
    struct Item {
        store::SessionRow row;
        std::vector<store::OutboxItem> messages;
    };
    void hand_in(Item item);
    void on_result(Item item, wire::TimePoint handed_in, const store::Result<void>& result);
    void retry();
    void check_idle();

    boost::asio::io_context& context_;
    store::Store& store_;
    journal::Journal& journal_;
    metrics::Tally& tally_;
    std::function<std::vector<std::string>(std::string_view)> wanting_;
    std::function<void(const bootstrap::SessionId&, bool told)> kept_;
    std::deque<Item> waiting_;
    std::size_t under_way_ = 0;
    std::uint64_t lost_ = 0;
    std::optional<std::string> trouble_;
    std::function<void()> idle_;
    boost::asio::steady_timer timer_;
    bool timer_set_ = false;
    journal::LogLimit refusals_{refusals_per_second};
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace bootstrapd
