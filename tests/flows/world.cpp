#include "tests/flows/world.h"

#include <algorithm>
#include <array>
#include <utility>

#include "server/coap/message.h"
#include "tests/support/catalog_lookup.h"
#include "tests/support/sample.h"

namespace flows {

using bootstrap::Outcome;
using support::Direction;

namespace {

std::string summary(wire::BytesView datagram) {
    const auto message = coap::decode(datagram);
    if (!message) return "?";
    static constexpr std::array types = {"CON ", "NON ", "ACK ", "RST "};
    static constexpr std::array methods = {"", "GET ", "POST ", "PUT ", "DELETE "};
    std::string text = types[static_cast<std::size_t>(message->type)];
    if (!coap::is_request(message->code)) {
        if (message->code != coap::Code::empty) text += coap::to_string(message->code);
        return text;
    }
    text += methods[std::min<std::size_t>(static_cast<std::size_t>(message->code), 4)];
    std::string path;
    for (const auto& option : message->options) {
        if (option.number == coap::OptionNumber::uri_path) {
            path += "/" + std::string(wire::as_text(option.value));
        }
    }
    return text + (path.empty() ? "/" : path);
}

}  // namespace

WorldSettings World::settings() {
    WorldSettings settings;
    settings.directory.serves_secured = true;
    settings.directory.serves_unsecured = true;
    settings.directory.attach_window = std::chrono::seconds(1200);
    return settings;
}

World::World(std::uint64_t seed, WorldSettings settings, std::vector<DeviceSetup> setups)
    : settings_(std::move(settings)),
      network_random_(seed * 3),
      device_random_(seed * 3 + 1),
      server_random_(seed * 3 + 2) {
    start_daemon();
    for (DeviceSetup& setup : setups) {
        Device& device = devices_.emplace_back();
        const auto number = static_cast<std::uint8_t>(devices_.size());
        device.address = {wire::IpAddress::v4({192, 0, 2, number}), 5683};
        device.assignment = support::assignment(
            setup.profile, support::sample_device(setup.endpoint, setup.secured));
        device.device = std::make_unique<support::SimulatedDevice>(setup.endpoint, setup.habits,
                                                                   device_random_);
        device.link = std::make_unique<support::LossyLink>(setup.weather, network_random_);
        device.setup = std::move(setup);
    }
    catalog_ = catalog(devices_);
}

World::~World() = default;

void World::start_daemon() {
    directory_.emplace(settings_.directory, server_random_,
                       [](const wire::SocketAddress&) { return std::uint16_t{0}; });
}

void World::kill_daemon() {
    ++life_;
    peers_.clear();
    for (Device& device : devices_) {
        device.peer = 0;
        if (device.setup.desk != nullptr) device.setup.desk->restarted(wall_now());
    }
    start_daemon();
}

void World::later(wire::Duration after, std::function<void()> action) {
    queue_.emplace(now_ + after, [this, life = life_, action = std::move(action)] {
        if (life != life_) return;
        has_stepped_ = true;
        action();
    });
}

void World::step_ends() {
    if (!std::exchange(has_stepped_, false)) return;
    ++steps_;
    if (after_step_) after_step_(steps_);
}

std::shared_ptr<const provisioning::Catalog> World::catalog(const std::vector<Device>& devices) {
    std::vector<provisioning::Profile> profiles;
    std::vector<provisioning::Device> records;
    for (const Device& device : devices) {
        if (!device.setup.is_known) continue;
        profiles.push_back(device.setup.profile);
        profiles.back().name = "profile of " + device.setup.endpoint;
        records.push_back(*device.assignment.device);
        records.back().profile = profiles.back().name;
    }
    document::Problems problems;
    return provisioning::Catalog::from(std::move(profiles), std::move(records), problems);
}

// ---- handing on what comes out ----

template <class Step>
auto World::with_directory(Step step) {
    bootstrap::Directory::Output out;
    const auto obey_all = [&] {
        for (auto& addressed : out.commands) {
            later(settings_.control_delay,
                  [this, command = std::move(addressed.command)]() mutable {
                      obey(std::move(command));
                  });
        }
        for (const auto& ask : out.asks) ask_server(ask);
        for (auto& record : out.ended) {
            session_ended(record);
            ended_.push_back(std::move(record));
        }
    };
    if constexpr (std::is_void_v<decltype(step(out))>) {
        step(out);
        obey_all();
    } else {
        auto result = step(out);
        obey_all();
        return result;
    }
}

template <class Step>
void World::with_peer(std::uint64_t id, Step step) {
    const auto found = peers_.find(id);
    if (found == peers_.end()) return;
    has_stepped_ = true;
    const std::size_t device = found->second.device;
    bootstrap::Peer::Output out;
    step(*found->second.peer, out);
    for (std::size_t i = 0; i < out.events.size(); ++i) {
        bootstrap::Peer::Event event = std::move(out.events[i]);
        std::visit([&](auto&& what) { on(id, std::move(what), out); }, std::move(event));
    }
    for (const wire::Bytes& datagram : out.datagrams) to_device(device, datagram);
}

// ---- the clock ----

std::optional<wire::TimePoint> World::next_event() const {
    std::optional<wire::TimePoint> earliest;
    const auto consider = [&](std::optional<wire::TimePoint> time) {
        if (time && (!earliest || *time < *earliest)) earliest = time;
    };
    if (!queue_.empty()) consider(queue_.begin()->first);
    for (const auto& [id, peer] : peers_) consider(peer.peer->next_deadline());
    for (const Device& device : devices_) consider(device.device->next_deadline());
    consider(directory_->next_deadline());
    return earliest;
}

bool World::run(wire::TimePoint end) {
    for (int turns = 0; turns < 1'000'000; ++turns) {
        const auto next = next_event();
        if (!next || *next > end) return true;
        now_ = std::max(now_, *next);
        while (!queue_.empty() && queue_.begin()->first <= now_) {
            const auto event = std::move(queue_.begin()->second);
            queue_.erase(queue_.begin());
            event();
            step_ends();
        }
        run_timers();
    }
    return false;
}

void World::run_timers() {
    const auto is_due = [&](std::optional<wire::TimePoint> time) { return time && *time <= now_; };
    for (std::size_t i = 0; i < devices_.size(); ++i) {
        if (!is_due(devices_[i].device->next_deadline())) continue;
        std::vector<wire::Bytes> out;
        devices_[i].device->on_timer(now_, out);
        from_device(i, out);
    }
    std::vector<std::uint64_t> due;
    for (const auto& [id, peer] : peers_) {
        if (is_due(peer.peer->next_deadline())) due.push_back(id);
    }
    for (const std::uint64_t id : due) {
        with_peer(id, [&](auto& peer, auto& out) { peer.on_timer(now_, out); });
        step_ends();
    }
    if (is_due(directory_->next_deadline())) {
        has_stepped_ = true;
        with_directory([&](auto& out) { directory_->on_timer(now_, wall(), out); });
        step_ends();
    }
}

void World::at(wire::Duration after, std::function<void()> action) {
    queue_.emplace(start_ + after, std::move(action));
}

std::chrono::system_clock::time_point World::wall() const {
    return std::chrono::system_clock::time_point(
        std::chrono::duration_cast<std::chrono::system_clock::duration>(now_.time_since_epoch()));
}

provisioning::WallTime World::wall_now() const {
    return std::chrono::floor<std::chrono::milliseconds>(wall());
}

// ---- the network ----

void World::note(Direction direction, std::size_t device, const wire::Bytes& datagram,
                 const std::vector<wire::TimePoint>& arrivals) {
    const auto add = [&](std::uint64_t value) {
        for (int shift = 0; shift < 64; shift += 8) {  // FNV-1a
            hash_ = (hash_ ^ (value >> shift & 0xFF)) * 0x100000001B3;
        }
    };
    add(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
    add(static_cast<std::uint64_t>(direction) << 32 | device);
    for (const std::uint8_t octet : datagram) add(octet);
    for (const auto arrival : arrivals) {
        add(static_cast<std::uint64_t>(arrival.time_since_epoch().count()));
    }
    sent_.push_back({elapsed(), direction, summary(datagram)});
}

void World::transmit(Direction direction, std::size_t device, const wire::Bytes& datagram,
                     const std::function<void(wire::Bytes)>& arrive) {
    const auto arrivals = devices_[device].link->send(direction, datagram, now_);
    note(direction, device, datagram, arrivals);
    for (const auto arrival : arrivals) {
        queue_.emplace(arrival, [arrive, datagram] { arrive(datagram); });
    }
}

void World::from_device(std::size_t device, std::vector<wire::Bytes>& datagrams) {
    for (const wire::Bytes& datagram : datagrams) {
        const std::uint64_t association = devices_[device].association;
        transmit(Direction::to_server, device, datagram,
                 [this, device, association](const wire::Bytes& bytes) {
                     // What comes for an association that is gone cannot be deciphered.
                     if (devices_[device].setup.secured &&
                         (devices_[device].peer == 0 || devices_[device].peer != association)) {
                         return;
                     }
                     peer_of(device);
                     with_peer(devices_[device].peer,
                               [&](auto& peer, auto& out) { peer.receive(bytes, now_, out); });
                 });
    }
    datagrams.clear();
}

void World::to_device(std::size_t device, const wire::Bytes& datagram) {
    const std::uint64_t association = devices_[device].peer;
    transmit(Direction::to_device, device, datagram,
             [this, device, association](const wire::Bytes& bytes) {
                 if (devices_[device].setup.secured && devices_[device].association != association)
                     return;
                 if (devices_[device].device->is_closed() && settings_.icmp) {
                     queue_.emplace(now_ + devices_[device].setup.weather.delay, [this, device] {
                         with_peer(devices_[device].peer, [&](auto& peer, auto& out) {
                             peer.refused_by_network(now_, out);
                         });
                     });
                 }
                 std::vector<wire::Bytes> out;
                 devices_[device].device->receive(bytes, now_, out);
                 from_device(device, out);
             });
}

// ---- devices ----

World::Peer& World::peer_of(std::size_t index, const wire::Bytes* identity) {
    Device& device = devices_[index];
    if (device.peer == 0) {
        device.peer = ++last_peer_;
        bootstrap::Transport transport;
        transport.secured = device.setup.secured;
        if (transport.secured) {
            transport.psk_identity = identity != nullptr
                                         ? *identity
                                         : device.assignment.device->credentials.psk->identity;
            device.association = device.peer;
        }
        peers_[device.peer] = {
            std::make_unique<bootstrap::Peer>(settings_.peer, server_random_, std::move(transport)),
            index};
    }
    return peers_.at(device.peer);
}

void World::open_association(std::size_t index) {
    drop_peer(index, "a new association took its place");
    Peer& peer = peer_of(index);
    tell(bootstrap::AssociationOpened{ref(devices_[index].peer),
                                      peer.peer->transport().psk_identity,
                                      devices_[index].address,
                                      {},
                                      now_,
                                      devices_[index].setup.endpoint});
}

bool World::device_returns(std::size_t index) {
    Device& device = devices_[index];
    KeyDesk& desk = *device.setup.desk;
    device.device->give_up();
    for (const auto& account : device.device->accounts()) {
        if (!desk.accepts(account.psk, wall_now())) continue;
        drop_peer(index, "a new association took its place");
        peer_of(index, &account.psk.identity);
        tell(bootstrap::AssociationOpened{ref(device.peer),
                                          account.psk.identity,
                                          device.address,
                                          {},
                                          now_,
                                          device.setup.endpoint});
        later(settings_.control_delay,
              [this, &desk, identity = account.psk.identity, began = wall_now()] {
                  desk.proved(identity, began, wall_now());
              });
        device_asks(index);
        return true;
    }
    return false;
}

void World::lose_association(std::size_t index, const std::string& reason) {
    drop_peer(index, reason);
}

void World::drop_peer(std::size_t index, const std::string& reason) {
    Device& device = devices_[index];
    if (device.peer == 0) return;
    const std::uint64_t id = device.peer;
    device.peer = 0;
    with_peer(id, [&](auto& peer, auto& out) {
        peer.transport_lost(reason, now_, out);
        out.datagrams.clear();
    });
    peers_.erase(id);
    if (device.setup.secured) tell(bootstrap::AssociationClosed{ref(id)});
}

void World::device_asks(std::size_t index) {
    if (devices_[index].setup.secured && devices_[index].peer == 0) open_association(index);
    std::vector<wire::Bytes> out;
    devices_[index].device->ask(now_, out);
    from_device(index, out);
}

void World::device_reboots(std::size_t index) {
    std::vector<wire::Bytes> out;
    devices_[index].device->reboot_and_ask(now_, out);
    from_device(index, out);
}

// ---- the shard ----

void World::on(std::uint64_t id, bootstrap::Peer::AdmissionWanted&& wanted,
               bootstrap::Peer::Output& out) {
    Peer& peer = peers_.at(id);
    const Device& device = devices_[peer.device];
    bootstrap::Transport transport = peer.peer->transport();
    const bool secured = transport.secured;
    // Every key that is honoured leads to the device.
    if (const KeyDesk* desk = device.setup.desk;
        desk != nullptr &&
        desk->keyring().key_of(desk->own(), transport.psk_identity, wall_now())) {
        transport.psk_identity = desk->own().psk->identity;
    }
    auto verdict = support::admit(wanted.request, transport, *catalog_);
    if (auto* refused = std::get_if<bootstrap::Refused>(&verdict)) {
        peer.peer->refuse(refused->code, refused->reason, now_, out);
        tell(bootstrap::NotAdmitted{wanted.request.endpoint ? wanted.request.endpoint->text() : "",
                                    device.address, secured, refused->reason});
        return;
    }
    tell(bootstrap::Claim{ref(id), std::get<bootstrap::Admitted>(verdict).assignment,
                          device.address, secured, wanted.request.preferred_format,
                          wanted.request.other_queries});
}

void World::on(std::uint64_t, bootstrap::Peer::Progress&& progress, bootstrap::Peer::Output&) {
    tell(bootstrap::OperationAnswered{progress.session, progress.operation, progress.started,
                                      progress.first_answer});
}

void World::on(std::uint64_t id, bootstrap::Peer::SessionEnded&& ended, bootstrap::Peer::Output&) {
    tell(bootstrap::Ended{ref(id), ended.session, ended.report});
}

void World::on(std::uint64_t, bootstrap::Peer::RequestRefused&&, bootstrap::Peer::Output&) {}

void World::on(std::uint64_t id, bootstrap::Peer::PreparationWanted&& wanted,
               bootstrap::Peer::Output&) {
    if (devices_[peers_.at(id).device].setup.refuses_key_shares) {
        later(settings_.control_delay, [this, id, session = wanted.session] {
            obey(bootstrap::Prepared{
                ref(id), session,
                bootstrap::PreparationRefused{bootstrap::Outcome::key_share_refused, "refused"}});
        });
        return;
    }
    KeyDesk* desk = devices_[peers_.at(id).device].setup.desk;
    if (desk == nullptr) return;
    later(settings_.control_delay, [this, id, desk, session = std::move(wanted.session),
                                    account = wanted.account] {
        // Recorded, and only then acknowledged: the daemon may be killed between the two.
        auto issued =
            std::make_shared<const provisioning::Issued>(desk->issue(session, account, wall_now()));
        later(settings_.control_delay, [this, id, session, issued] {
            obey(bootstrap::Prepared{ref(id), session, issued});
        });
    });
}

// ---- the Directory ----

void World::tell(bootstrap::Notice notice) {
    later(settings_.control_delay, [this, notice = std::move(notice)]() mutable {
        with_directory(
            [&](auto& out) { directory_->notice(std::move(notice), now_, wall(), out); });
    });
}

void World::session_ended(const bootstrap::SessionRecord& record) {
    const auto found = std::find_if(devices_.begin(), devices_.end(), [&](const Device& device) {
        return device.setup.endpoint == record.endpoint;
    });
    if (found == devices_.end() || found->setup.desk == nullptr) return;
    later(settings_.control_delay,
          [this, desk = found->setup.desk, session = record.id, account = record.report.account] {
              desk->session_ended(session, account, wall_now());
          });
}

bootstrap::AttachResult World::attach(std::size_t index, bool with_address) {
    const Device& device = devices_[index];
    bootstrap::Attachment attachment{device.assignment, {}, {}, "api"};
    if (with_address) {
        attachment.address = device.address.ip;
        attachment.port = device.address.port;
    }
    return with_directory(
        [&](auto& out) { return directory_->attach(attachment, now_, wall(), out); });
}

bool World::cancel(const bootstrap::SessionId& id) {
    return with_directory([&](auto& out) { return directory_->cancel(id, now_, wall(), out); });
}

void World::interrupt() {
    with_directory([&](auto& out) { directory_->interrupt(now_, wall(), out); });
}

// clients-in-the-field: the device asks 1.4 s after /1/x/9 was executed.
void World::ask_server(const bootstrap::Directory::Ask& ask) {
    const auto found = std::find_if(devices_.begin(), devices_.end(), [&](const Device& device) {
        return device.setup.endpoint == ask.endpoint;
    });
    const auto index = static_cast<std::size_t>(found - devices_.begin());
    const DeviceSetup::Server server = found->setup.server;
    if (server == DeviceSetup::Server::sends_it)
        queue_.emplace(now_ + std::chrono::milliseconds(1400),
                       [this, index] { device_asks(index); });
    queue_.emplace(now_ + std::chrono::milliseconds(500), [this, server, session = ask.session] {
        const bool fails = server == DeviceSetup::Server::fails;
        with_directory([&](auto& out) {
            directory_->asked(session,
                              fails ? std::optional<std::string>("HTTP 404") : std::nullopt, now_,
                              wall(), out);
        });
    });
}

void World::obey(bootstrap::Command&& command) {
    std::visit([&](auto&& what) { obey(std::move(what)); }, std::move(command));
}

void World::obey(bootstrap::Grant&& grant) {
    if (!peers_.contains(grant.peer.id)) {
        tell(bootstrap::NotReached{grant.session, "the peer is gone", {}, {}});
        return;
    }
    with_peer(grant.peer.id, [&](auto& peer, auto& out) {
        peer.admit(grant.assignment, grant.session, now_, out);
    });
}

void World::obey(bootstrap::Deny&& deny) {
    with_peer(deny.peer.id,
              [&](auto& peer, auto& out) { peer.refuse(deny.code, deny.reason, now_, out); });
}

void World::obey(bootstrap::Stop&& stop) {
    for (const auto& [id, peer] : peers_) {
        if (!peer.peer->session_id() || *peer.peer->session_id() != stop.session) continue;
        with_peer(id, [&](auto& it, auto& out) {
            it.stop(stop.session, stop.why, stop.reason, now_, out);
        });
        return;
    }
    tell(bootstrap::Ended{stop.peer, stop.session, {}});
}

void World::obey(bootstrap::Start&& start) {
    const auto found = peers_.find(start.peer.id);
    if (found == peers_.end() || found->second.peer->has_session() ||
        found->second.peer->has_pending_request()) {
        tell(bootstrap::NotReached{start.session, "the association is busy or gone", {}, {}});
        return;
    }
    with_peer(start.peer.id, [&](auto& peer, auto& out) {
        peer.start(start.assignment, start.session, now_, out);
    });
}

void World::obey(bootstrap::Reach&& reach) {
    const auto found = std::find_if(devices_.begin(), devices_.end(), [&](const Device& device) {
        return device.address == reach.remote;
    });
    const auto index = static_cast<std::size_t>(found - devices_.begin());
    if (reach.dial && found->setup.dial != DeviceSetup::Dial::accepted) {
        const bool refused = found->setup.dial == DeviceSetup::Dial::refused;
        tell(bootstrap::NotReached{
            reach.session,
            refused ? "the device refused the handshake" : "nothing was heard",
            refused ? std::optional(Outcome::handshake_failed) : std::nullopt,
            {}});
        return;
    }
    Peer& peer = peer_of(index);
    if (peer.peer->has_session()) {
        tell(bootstrap::NotReached{reach.session, "the peer is busy", {}, {}});
        return;
    }
    with_peer(found->peer,
              [&](auto& it, auto& out) { it.start(reach.assignment, reach.session, now_, out); });
}

void World::obey(bootstrap::Prepared&& prepared) {
    if (!peers_.contains(prepared.peer.id)) return;
    with_peer(prepared.peer.id, [&](auto& peer, auto& out) {
        peer.prepared(prepared.session, std::move(prepared.preparation), now_, out);
    });
}

}  // namespace flows
