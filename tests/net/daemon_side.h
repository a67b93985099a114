#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "server/net/shards.h"
#include "tests/net/device.h"

namespace net::testing {

// 127.0.0.1 and ::1, ports chosen by the kernel, short times, one shard.
Settings loopback_settings();

// The shards and the least that a Directory does: every claim is granted, every notice kept.
class DaemonSide {
  public:
    struct Known {
        std::string endpoint;
        bool secured = false;
        bool pack = false;  // its profile gives packs of several blocks, and has every id
    };
    DaemonSide(const Settings&, const std::vector<Known>&,
               journal::Level log = journal::Level::error);
    ~DaemonSide();

    wire::SocketAddress coap(wire::IpAddress::Family) const;
    wire::SocketAddress coaps(wire::IpAddress::Family) const;
    provisioning::Assignment assignment(const std::string& endpoint) const;

    // Everything that was told so far and is of this kind.
    template <class Kind>
    std::vector<Kind> told() const {
        const std::lock_guard lock(mutex_);
        std::vector<Kind> found;
        for (const bootstrap::Notice& notice : notices_) {
            if (const auto* one = std::get_if<Kind>(&notice)) found.push_back(*one);
        }
        return found;
    }
    // How many sessions ended so.
    std::size_t ended(bootstrap::Outcome) const;
    std::size_t lookups() const;
    // The messages of traced endpoints so far.
    std::vector<Tapped> tapped() const;

    // Runs devices, and waits for what the shards tell, until `done`; false when it takes too long.
    bool run(const std::vector<Device*>& devices, const std::function<bool()>& done);

    void command(const wire::SocketAddress& remote, bootstrap::Command);
    void reach(const wire::SocketAddress& remote, bool dial, const std::string& endpoint,
               const std::string& session, std::optional<wire::IpAddress> source = std::nullopt);
    // Before the shards are reached by anybody.
    void keep_lookups() { answers_lookups_ = false; }
    void keep_claims() { grants_ = false; }
    // The kept ones, answered from this thread; those that come later are answered at once.
    void answer_lookups();
    // Nobody can tell; those that come later are kept.
    void answer_unavailable();
    // Asked first, before the shards are reached by anybody; nothing: as usual. On any thread.
    using Finder = std::function<std::optional<bootstrap::LookedUp>(const bootstrap::DeviceQuery&)>;
    void find_by(Finder finder) { finder_ = std::move(finder); }
    // From now on, as if its file were gone.
    void disable(const std::string& endpoint);

    std::unique_ptr<Shards> shards;

  private:
    void on(std::vector<bootstrap::Notice>&&);
    bootstrap::LookedUp find(const bootstrap::DeviceQuery&) const;
    std::vector<std::pair<bootstrap::DeviceQuery, Handlers::Answer>> take_kept();
    void signal() const;

    journal::Journal journal_;
    std::shared_ptr<const provisioning::Catalog> catalog_;
    int event_ = -1;
    mutable std::mutex mutex_;
    std::vector<bootstrap::Notice> notices_;
    std::vector<Tapped> tapped_;
    std::vector<std::pair<bootstrap::DeviceQuery, Handlers::Answer>> kept_lookups_;
    std::size_t lookups_ = 0;
    bool answers_lookups_ = true;
    Finder finder_;
    std::set<std::string> disabled_;
    std::size_t sessions_ = 0;
    bool grants_ = true;
};

}  // namespace net::testing
