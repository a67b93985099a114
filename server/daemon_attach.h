#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "provisioning/store/store.h"
#include "server/asio.h"
#include "server/attach/sink.h"
#include "server/daemon_lookup.h"
#include "server/daemon_profiles.h"
#include "server/daemon_sessions.h"
#include "server/journal/journal.h"

namespace bootstrapd {

// Where every attach event goes: its device is looked up, the Directory takes it, the store keeps
// it, and only then its sender is told. After a restart the triggers that had come to no end go
// on; until they do, new events wait. Used on the control thread; what it is made of outlives it.
class AttachDesk final : public attach::Sink {
  public:
    struct Settings {
        std::size_t most_under_way = 100'000;  // events between look-up and store
        bool remembers_strangers = true;
    };
    struct Counts {
        std::uint64_t accepted = 0, repeated = 0, refused = 0, unknown = 0, contradictory = 0,
                      withdrawn = 0, unavailable = 0;
    };

    AttachDesk(boost::asio::io_context&, store::Store&, Profiles&, const DeviceFinder&, Sessions&,
               http::Events&, journal::Journal&);
    ~AttachDesk() override;

    void set(const Settings& settings) { settings_ = settings; }
    // Brings back the triggers that the store has.
    void restore();
    bool is_restored() const { return restored_; }

    // The device's record or profile was changed, disabled or removed: what waits for it goes by
    // that, or ends.
    void device_changed(const std::string& endpoint);
    // The same for all that wait.
    void devices_changed();

    void take(attach::Event, std::function<void(attach::Answer)> then) override;
    void withdraw_all(std::string origin) override;

    const std::map<std::string, Counts>& counts() const { return counts_; }

  private:
    struct Work;
    void look_up(std::shared_ptr<Work> work);
    void decide(Work& work, const store::Store::Found& found);
    void accept(Work& work, const provisioning::Assignment& assignment,
                const std::vector<store::DevicePointer>& records);
    void withdraw(Work& work, const provisioning::Assignment& assignment);
    void answer(Work& work, attach::Answer answer);
    void log(const Work& work, const std::string& endpoint, const std::string& cause);
    std::optional<provisioning::Assignment> assignment_of(const std::string& endpoint,
                                                          const store::DevicePointer&) const;
    void restore_some();
    void restore_one(const store::AttachRow& row, const store::DevicePointer& device);
    Counts& count(const std::string& source);
    // Brings what the store answers to this thread, unless this object has gone.
    template <class T, class Do>
    store::Then<T> here(Do what);

    boost::asio::io_context& context_;
    store::Store& store_;
    Profiles& profiles_;
    const DeviceFinder& finder_;
    Sessions& sessions_;
    http::Events& events_;
    journal::Journal& journal_;
    Settings settings_;
    std::map<std::string, Counts> counts_;  // by source; a limited number of them
    std::deque<std::shared_ptr<Work>> held_;
    std::size_t under_way_ = 0;
    bool restored_ = false;
    std::deque<store::AttachRow> to_restore_;
    std::size_t restoring_ = 0;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace bootstrapd
