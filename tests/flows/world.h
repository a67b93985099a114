#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/bootstrap/directory.h"
#include "server/bootstrap/peer.h"
#include "tests/flows/key_desk.h"
#include "tests/support/lossy_link.h"
#include "tests/support/seeded_random.h"
#include "tests/support/simulated_device.h"

// Whole sessions in memory: devices behind bad links, the peers of one shard, the Directory, and
// a clock that jumps from event to event. The same seed gives the same run to the last octet.
namespace flows {

struct DeviceSetup {
    std::string endpoint = "a";
    bool secured = false;
    provisioning::Profile profile;
    support::Habits habits;
    support::LinkWeather weather;
    // What becomes of a dial towards it (the handshake itself is not simulated).
    enum class Dial { unheard, refused, accepted } dial = Dial::unheard;
    bool is_known = true;  // has a record
    // Whoever has to know what is made for it does not take it.
    bool refuses_key_shares = false;
    // What its LwM2M Server does when it is asked (the profile has `through`).
    enum class Server { sends_it, sends_nobody, fails } server = Server::sends_it;
    // Who makes and knows the keys of its account; it outlives the World. Null: its record's own
    // credential counts, whatever the device holds.
    KeyDesk* desk = nullptr;
};

struct WorldSettings {
    bootstrap::PeerSettings peer;
    bootstrap::DirectorySettings directory;
    wire::Duration control_delay{};  // each way between the shard and the Directory
    bool icmp = false;               // a closed device's network refuses datagrams
};

class World {
  public:
    // The settings with both services on.
    static WorldSettings settings();

    World(std::uint64_t seed, WorldSettings, std::vector<DeviceSetup>);
    ~World();

    // Runs until nothing is left to happen, or until `end`. False: it did not come to rest.
    bool run(wire::TimePoint end = wire::TimePoint::max());
    // Something done from outside while it runs, so long after the start.
    void at(wire::Duration, std::function<void()>);

    // The daemon is killed, and started again at once: associations, sessions, what was handed in
    // and not done yet are gone; what a KeyDesk recorded stays. Not from within the run but by at()
    // or after_step().
    void kill_daemon();
    // Called after each thing that the daemon does: a datagram taken in, a timer, a notice, a
    // command, a change of what is kept. Counted from 1.
    void after_step(std::function<void(std::size_t step)> called) {
        after_step_ = std::move(called);
    }
    std::size_t steps() const { return steps_; }

    // A full handshake with a credential that the device holds, its first choice first; then it
    // asks. False: the daemon accepts none, the device is locked out.
    bool device_returns(std::size_t device);
    void device_asks(std::size_t device);
    // Its power goes off and on: it asks from the same port, with the Message IDs that it used.
    void device_reboots(std::size_t device);
    void open_association(std::size_t device);
    void lose_association(std::size_t device, const std::string& reason);
    // The network tells that the device attached; with its address where `with_address`.
    bootstrap::AttachResult attach(std::size_t device, bool with_address);
    bool cancel(const bootstrap::SessionId&);
    void interrupt();

    support::SimulatedDevice& device(std::size_t index) { return *devices_[index].device; }
    bootstrap::Directory& directory() { return *directory_; }
    // In the order of their ends.
    const std::vector<bootstrap::SessionRecord>& ended() const { return ended_; }
    wire::TimePoint now() const { return now_; }
    wire::Duration elapsed() const { return now_ - start_; }
    provisioning::WallTime wall_now() const;

    struct Sent {
        wire::Duration time{};
        support::Direction direction{};
        std::string what;  // "CON GET /", "ACK 2.05"
    };
    const std::vector<Sent>& sent() const { return sent_; }
    // Over every datagram, its time and its fate.
    std::uint64_t hash() const { return hash_; }

  private:
    struct Device {
        DeviceSetup setup;
        wire::SocketAddress address;
        provisioning::Assignment assignment;
        std::unique_ptr<support::SimulatedDevice> device;
        std::unique_ptr<support::LossyLink> link;
        std::uint64_t peer = 0;         // 0: none yet
        std::uint64_t association = 0;  // that the device knows of, of a secured one
    };
    struct Peer {
        std::unique_ptr<bootstrap::Peer> peer;
        std::size_t device = 0;
    };

    static std::shared_ptr<const provisioning::Catalog> catalog(const std::vector<Device>&);
    std::optional<wire::TimePoint> next_event() const;
    void run_timers();
    void start_daemon();
    // Done by the daemon, unless it is killed before.
    void later(wire::Duration, std::function<void()>);
    void step_ends();
    Peer& peer_of(std::size_t device, const wire::Bytes* identity = nullptr);
    void drop_peer(std::size_t device, const std::string& reason);
    void from_device(std::size_t device, std::vector<wire::Bytes>&);
    void to_device(std::size_t device, const wire::Bytes&);
    void transmit(support::Direction, std::size_t device, const wire::Bytes&,
                  const std::function<void(wire::Bytes)>& arrive);
    void note(support::Direction, std::size_t device, const wire::Bytes&,
              const std::vector<wire::TimePoint>& arrivals);

    template <class Step>
    void with_peer(std::uint64_t id, Step step);
    void on(std::uint64_t id, bootstrap::Peer::AdmissionWanted&&, bootstrap::Peer::Output&);
    void on(std::uint64_t id, bootstrap::Peer::Progress&&, bootstrap::Peer::Output&);
    void on(std::uint64_t id, bootstrap::Peer::SessionEnded&&, bootstrap::Peer::Output&);
    void on(std::uint64_t id, bootstrap::Peer::RequestRefused&&, bootstrap::Peer::Output&);
    void on(std::uint64_t id, bootstrap::Peer::PreparationWanted&&, bootstrap::Peer::Output&);

    void tell(bootstrap::Notice);
    template <class Step>
    auto with_directory(Step step);
    void ask_server(const bootstrap::Directory::Ask&);
    void obey(bootstrap::Command&&);
    void obey(bootstrap::Grant&&);
    void obey(bootstrap::Deny&&);
    void obey(bootstrap::Stop&&);
    void obey(bootstrap::Start&&);
    void obey(bootstrap::Reach&&);
    void obey(bootstrap::Prepared&&);
    bootstrap::PeerRef ref(std::uint64_t id) const { return {0, id}; }
    void session_ended(const bootstrap::SessionRecord&);
    std::chrono::system_clock::time_point wall() const;

    WorldSettings settings_;
    support::SeededRandom network_random_, device_random_, server_random_;
    wire::TimePoint start_{std::chrono::seconds(1'000'000)};
    wire::TimePoint now_ = start_;
    std::vector<Device> devices_;
    std::map<std::uint64_t, Peer> peers_;
    std::uint64_t last_peer_ = 0;
    std::shared_ptr<const provisioning::Catalog> catalog_;
    std::optional<bootstrap::Directory> directory_;
    std::uint64_t life_ = 0;  // of the daemon
    bool has_stepped_ = false;
    std::size_t steps_ = 0;
    std::function<void(std::size_t)> after_step_;
    std::multimap<wire::TimePoint, std::function<void()>> queue_;
    std::vector<bootstrap::SessionRecord> ended_;
    std::vector<Sent> sent_;
    std::uint64_t hash_ = 0xCBF29CE484222325;
};

}  // namespace flows
