#include "tests/net/daemon_side.h"

#include <algorithm>
#include <chrono>
#include <poll.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

#include "tests/support/catalog_lookup.h"
#include "tests/support/sample.h"

namespace net::testing {
namespace {

constexpr auto patience = std::chrono::seconds(60);

provisioning::Profile profile_with_pack() {
    provisioning::Profile profile = support::fixed_profile();
    profile.name = "packs";
    profile.enabler = model::Enabler::v1_2;
    profile.pack = true;
    provisioning::PlannedInstance long_one;
    long_one.object = 3442;
    long_one.instance = 0;
    long_one.resources.emplace(
        150, provisioning::TemplateSingle(model::Single(model::Opaque{wire::Bytes(5000, 7)})));
    profile.instances.push_back(std::move(long_one));
    return profile;
}

// Nobody tells when a counter changes.
constexpr auto between_looks = std::chrono::milliseconds(10);

wire::SocketAddress of_family(const std::vector<wire::SocketAddress>& addresses,
                              wire::IpAddress::Family family) {
    for (const wire::SocketAddress& address : addresses) {
        if (address.ip.family() == family) return address;
    }
    throw std::runtime_error("not listening");
}

}  // namespace

Settings loopback_settings() {
    Settings settings;
    for (const char* const text : {"127.0.0.1:0", "[::1]:0"}) {
        settings.coap.push_back(*wire::SocketAddress::from(text));
        settings.coaps.push_back(*wire::SocketAddress::from(text));
    }
    settings.peer.session.transmission.ack_timeout = std::chrono::milliseconds(200);
    settings.dtls.retransmission_timeout = std::chrono::milliseconds(200);
    settings.limits.datagrams_per_second_per_peer = 0;
    return settings;
}

DaemonSide::DaemonSide(const Settings& settings, const std::vector<Known>& known,
                       journal::Level log)
    : journal_(log, journal::Format::text), event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    std::vector<provisioning::Device> devices;
    for (const Known& one : known) {
        devices.push_back(support::sample_device(one.endpoint, one.secured));
        if (one.pack) devices.back().profile = "packs";
    }
    document::Problems problems;
    catalog_ = provisioning::Catalog::from({support::sample_profile(), profile_with_pack()},
                                           std::move(devices), problems);
    if (!catalog_) throw std::runtime_error(document::to_string(problems.at(0)));
    Handlers handlers;
    handlers.notices = [this](std::vector<bootstrap::Notice> notices) { on(std::move(notices)); };
    handlers.find_device = [this](const bootstrap::DeviceQuery& query, Handlers::Answer answer) {
        std::unique_lock lock(mutex_);
        ++lookups_;
        if (!answers_lookups_) {
            kept_lookups_.emplace_back(query, std::move(answer));
            signal();
            return;
        }
        lock.unlock();
        answer(find(query));
    };
    handlers.tapped = [this](Tapped message) {
        const std::lock_guard lock(mutex_);
        tapped_.push_back(std::move(message));
    };
    handlers.failed = [](const std::string& reason) { throw std::runtime_error(reason); };
    auto opened = Shards::open(settings, std::move(handlers), journal_);
    if (!opened) throw std::runtime_error(opened.error());
    shards = std::move(*opened);
    shards->start();
}

DaemonSide::~DaemonSide() {
    shards.reset();
    ::close(event_);
}

std::vector<Tapped> DaemonSide::tapped() const {
    const std::lock_guard lock(mutex_);
    return tapped_;
}

bootstrap::LookedUp DaemonSide::find(const bootstrap::DeviceQuery& query) const {
    if (finder_)
        if (auto found = finder_(query)) return std::move(*found);
    auto looked_up = support::look_up(*catalog_, query);
    const std::lock_guard lock(mutex_);
    if (auto* found = std::get_if<bootstrap::FoundDevice>(&looked_up))
        found->disabled = disabled_.contains(found->assignment.device->endpoint.text());
    return looked_up;
}

void DaemonSide::disable(const std::string& endpoint) {
    const std::lock_guard lock(mutex_);
    disabled_.insert(endpoint);
}

void DaemonSide::on(std::vector<bootstrap::Notice>&& notices) {
    const std::lock_guard lock(mutex_);
    for (bootstrap::Notice& notice : notices) {
        if (const auto* claim = std::get_if<bootstrap::Claim>(&notice); claim && grants_) {
            shards->send(claim->peer.shard,
                         {bootstrap::Grant{claim->peer, claim->assignment,
                                           "granted-" + std::to_string(++sessions_)}});
        }
        notices_.push_back(std::move(notice));
    }
    signal();
}

void DaemonSide::signal() const {
    const std::uint64_t one = 1;
    if (::write(event_, &one, sizeof one) < 0) return;  // full: it will wake all the same
}

wire::SocketAddress DaemonSide::coap(wire::IpAddress::Family family) const {
    return of_family(shards->coap_addresses(), family);
}
wire::SocketAddress DaemonSide::coaps(wire::IpAddress::Family family) const {
    return of_family(shards->coaps_addresses(), family);
}
provisioning::Assignment DaemonSide::assignment(const std::string& endpoint) const {
    return *catalog_->find_by_endpoint(endpoint);
}

std::size_t DaemonSide::ended(bootstrap::Outcome outcome) const {
    const auto all = told<bootstrap::Ended>();
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [&](const auto& one) { return one.report.outcome == outcome; }));
}

std::size_t DaemonSide::lookups() const {
    const std::lock_guard lock(mutex_);
    return lookups_;
}

std::vector<std::pair<bootstrap::DeviceQuery, Handlers::Answer>> DaemonSide::take_kept() {
    const std::lock_guard lock(mutex_);
    return std::exchange(kept_lookups_, {});
}

void DaemonSide::answer_lookups() {
    {
        const std::lock_guard lock(mutex_);
        answers_lookups_ = true;
    }
    for (const auto& [query, answer] : take_kept()) answer(find(query));
}

void DaemonSide::answer_unavailable() {
    for (const auto& [query, answer] : take_kept()) answer(bootstrap::Unavailable{});
}

void DaemonSide::command(const wire::SocketAddress& remote, bootstrap::Command command) {
    shards->send(shards->owner(remote), {std::move(command)});
}

void DaemonSide::reach(const wire::SocketAddress& remote, bool dial, const std::string& endpoint,
                       const std::string& session, std::optional<wire::IpAddress> source) {
    command(remote, bootstrap::Reach{remote, source, dial, assignment(endpoint), session});
}

bool DaemonSide::run(const std::vector<Device*>& devices, const std::function<bool()>& done) {
    const auto give_up = wire::Clock::now() + patience;
    while (!done()) {
        auto until = wire::Clock::now() + between_looks;
        std::vector<pollfd> waiting{{event_, POLLIN, 0}};
        for (const Device* const device : devices) {
            waiting.push_back({device->socket.native(), POLLIN, 0});
            if (const auto deadline = device->next_deadline()) until = std::min(until, *deadline);
        }
        const auto wait =
            std::chrono::ceil<std::chrono::milliseconds>(until - wire::Clock::now()).count();
        ::poll(waiting.data(), waiting.size(), static_cast<int>(std::max<long>(wait, 0)));
        std::uint64_t count = 0;
        if (::read(event_, &count, sizeof count) < 0) count = 0;
        for (Device* const device : devices) {
            device->on_readable();
            device->on_timer();
        }
        if (wire::Clock::now() > give_up) return false;
    }
    return true;
}

}  // namespace net::testing
