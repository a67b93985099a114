#include "server/daemon.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <optional>
#include <utility>
#include <vector>

#include "server/asio.h"
#include "server/attach/event.h"
#include "server/bootstrap/directory.h"
#include "server/daemon_catalog_slot.h"
#include "server/daemon_chronicle.h"
#include "server/daemon_inbox.h"
#include "server/daemon_status.h"
#include "server/daemon_version.h"
#include "server/dtls/random.h"
#include "server/journal/messages.h"

namespace bootstrapd {
namespace {

namespace asio = boost::asio;
namespace message = journal::message;
using bootstrap::Directory;
using Wall = std::chrono::system_clock;

constexpr std::size_t most_refusals_waiting = 10000;
// After the sessions were told to stop: for the shards' confirmations.
constexpr auto last_word = std::chrono::seconds(2);

}  // namespace

class Daemon::Impl final : public http::Backend {
  public:
    Impl(std::filesystem::path file, Configuration configuration, journal::Journal& journal)
        : file_(std::move(file)),
          settings_(std::move(configuration.settings)),
          catalog_(std::move(configuration.catalog)),
          journal_(journal),
          chronicle_(journal) {}

    // Nothing, or why not.
    std::optional<std::string> open();
    int run();

    std::variant<bootstrap::AttachAccepted, bootstrap::AttachRefused, Unknown, Contradiction>
    attach(const attach::Event& event) override;
    std::optional<bootstrap::SessionRecord> session(const bootstrap::SessionId& id) override;
    std::vector<bootstrap::SessionRecord> sessions(const Directory::Filter& filter) override;
    CancelResult cancel(const bootstrap::SessionId& id) override;
    std::shared_ptr<const provisioning::Catalog> catalog() override { return catalog_.get(); }
    explain::PlanAnswer plan(const explain::PlanQuestion& question) override;
    std::optional<std::string> not_ready() override;
    std::string status() override;

  private:
    enum class State { starting, running, draining };

    net::Handlers handlers();
    void tell_addresses();
    void take_notices();
    void perform(Directory::Output& out);
    void arm_directory_timer();
    void wait_for_signal();
    void on_signal(int number);
    void reload();
    void finish_reload(std::optional<Configuration> loaded, const document::Problems& problems);
    void apply(Configuration&& loaded);
    void drain();
    void interrupt();
    void stop(int exit_code);

    asio::io_context context_{1};
    std::filesystem::path file_;
    config::Settings settings_;
    CatalogSlot catalog_;
    journal::Journal& journal_;
    Chronicle chronicle_;
    Inbox inbox_{most_refusals_waiting,
                 [this] { asio::post(context_, [this] { take_notices(); }); }};
    dtls::OpenSslRandom random_;
    // The shards call the inbox, the catalog and the context from their threads until stop().
    std::unique_ptr<net::Shards> shards_;
    std::unique_ptr<Directory> directory_;
    std::unique_ptr<http::Listener> listener_;
    asio::signal_set signals_{context_};
    asio::steady_timer directory_timer_{context_};
    asio::steady_timer drain_timer_{context_};
    asio::thread_pool loader_{1};

    State state_ = State::starting;
    wire::TimePoint began_ = wire::Clock::now();
    std::optional<wire::TimePoint> armed_for_;
    bool reloading_ = false;
    bool reload_again_ = false;
    int exit_code_ = 0;
};

// ---- start and stop ----

net::Handlers Daemon::Impl::handlers() {
    net::Handlers handlers;
    handlers.notices = [this](std::vector<bootstrap::Notice> notices) {
        inbox_.put(std::move(notices));
    };
    handlers.find_psk = [this](const wire::Bytes& identity, const net::Handlers::Answer& answer) {
        const auto found = catalog_.get()->find_by_psk_identity(identity);
        if (found && found->device->credentials.psk)
            answer(found->device->credentials.psk->key);
        else
            answer(std::nullopt);
    };
    handlers.failed = [this](std::string reason) {
        asio::post(context_, [this, reason = std::move(reason)] {
            journal_.write(message::shard_failed, {{"cause", reason}});
            stop(1);
        });
    };
    return handlers;
}

std::optional<std::string> Daemon::Impl::open() {
    journal_.write(message::starting,
                   {{"version", std::string(version)}, {"settings", file_.string()}});
    const auto why = [this](const std::string& error) {
        const std::string pointer = pointer_of(error, settings_);
        return file_.string() + ": " + (pointer.empty() ? "" : pointer + ": ") + error;
    };
    auto shards = net::Shards::open(net_settings(settings_), catalog_.get(), handlers(), journal_);
    if (shards.has_error()) return why(shards.error());
    shards_ = std::move(*shards);
    directory_ = std::make_unique<Directory>(
        directory_settings(settings_), random_,
        [this](const wire::SocketAddress& remote) { return shards_->owner(remote); });
    auto listener = http::Listener::open(context_, http_settings(settings_), *this, journal_);
    if (listener.has_error()) return why(listener.error());
    listener_ = std::move(*listener);
    return std::nullopt;
}

void Daemon::Impl::tell_addresses() {
    const auto tell = [this](const char* service, const std::string& address) {
        journal_.write(message::listening, {{"service", service}, {"address", address}});
    };
    for (const auto& address : shards_->coap_addresses()) tell("coap", address.to_string());
    for (const auto& address : shards_->coaps_addresses()) tell("coaps", address.to_string());
    for (const auto& address : listener_->addresses()) tell("http", address.to_string());
    if (!settings_.http.socket.empty()) tell("http", settings_.http.socket.string());
    if (settings_.http.authentication == "none" &&
        !(settings_.http.listen.empty() && settings_.http.socket.empty()))
        journal_.write(message::http_unauthenticated,
                       {{"file", file_.string()}, {"pointer", "/http/authentication"}});
}

int Daemon::Impl::run() {
    for (const int number : {SIGHUP, SIGTERM, SIGINT}) signals_.add(number);
    wait_for_signal();
    shards_->start();
    state_ = State::running;
    tell_addresses();
    if (!shards_->is_steered()) journal_.write(message::unsteered, {});
    const auto catalog = catalog_.get();
    journal_.write(message::ready, {{"shards", std::to_string(shards_->count())},
                                    {"profiles", std::to_string(catalog->profile_count())},
                                    {"devices", std::to_string(catalog->device_count())}});
    context_.run();

    // Answers that are on their way leave; nobody is waited for.
    listener_->close();
    context_.restart();
    context_.poll();
    shards_->stop();
    loader_.join();
    journal_.write(message::stopped, {{"exitCode", std::to_string(exit_code_)}});
    journal_.flush();
    return exit_code_;
}

void Daemon::Impl::stop(int exit_code) {
    exit_code_ = std::max(exit_code_, exit_code);
    context_.stop();
}

// ---- between the shards and the Directory ----

void Daemon::Impl::take_notices() {
    Directory::Output out;
    const auto now = wire::Clock::now();
    const auto wall = Wall::now();
    for (bootstrap::Notice& notice : inbox_.take())
        directory_->notice(std::move(notice), now, wall, out);
    perform(out);
}

void Daemon::Impl::perform(Directory::Output& out) {
    std::vector<std::vector<bootstrap::Command>> by_shard(shards_->count());
    for (Directory::Addressed& one : out.commands)
        by_shard[one.shard].push_back(std::move(one.command));
    for (std::uint16_t shard = 0; shard < by_shard.size(); ++shard)
        if (!by_shard[shard].empty()) shards_->send(shard, std::move(by_shard[shard]));
    for (const auto& record : out.started) chronicle_.started(record);
    const auto now = wire::Clock::now();
    for (const auto& record : out.ended) chronicle_.ended(record, now);
    arm_directory_timer();
    if (state_ == State::draining && directory_->gauges().running == 0) stop(0);
}

void Daemon::Impl::arm_directory_timer() {
    const auto deadline = directory_->next_deadline();
    if (deadline == armed_for_) return;
    armed_for_ = deadline;
    directory_timer_.cancel();
    if (!deadline) return;
    directory_timer_.expires_at(*deadline);
    directory_timer_.async_wait([this](boost::system::error_code cancelled) {
        if (cancelled) return;
        armed_for_.reset();
        Directory::Output out;
        directory_->on_timer(wire::Clock::now(), Wall::now(), out);
        perform(out);
    });
}

// ---- signals ----

void Daemon::Impl::wait_for_signal() {
    signals_.async_wait([this](boost::system::error_code cancelled, int number) {
        if (cancelled) return;
        on_signal(number);
        wait_for_signal();
    });
}

void Daemon::Impl::on_signal(int number) {
    if (number == SIGHUP) {
        if (state_ == State::running) reload();
    } else if (state_ == State::draining) {
        interrupt();
        stop(0);
    } else {
        drain();
    }
}

void Daemon::Impl::reload() {
    if (std::exchange(reloading_, true)) {
        reload_again_ = true;
        return;
    }
    asio::post(loader_, [this] {
        document::Problems problems;
        auto loaded = load_configuration(file_, problems);
        asio::post(context_, [this, loaded = std::move(loaded), problems = std::move(problems)] {
            finish_reload(loaded, problems);
        });
    });
}

void Daemon::Impl::finish_reload(std::optional<Configuration> loaded,
                                 const document::Problems& problems) {
    reloading_ = false;
    for (const document::Problem& problem : problems)
        journal_.write(message::configuration_problem, {{"file", problem.file},
                                                        {"pointer", problem.pointer},
                                                        {"problem", problem.message},
                                                        {"remedy", problem.remedy}});
    if (loaded)
        apply(std::move(*loaded));
    else
        journal_.write(message::reload_refused, {{"problems", std::to_string(problems.size())}});
    if (std::exchange(reload_again_, false)) reload();
}

void Daemon::Impl::apply(Configuration&& loaded) {
    const auto fixed = config::needs_restart(settings_, loaded.settings);
    if (!fixed.empty()) {
        for (const std::string& pointer : fixed)
            journal_.write(message::configuration_problem,
                           {{"file", file_.string()},
                            {"pointer", pointer},
                            {"problem", "the change needs a restart"},
                            {"remedy", "restart the daemon, or undo the change"}});
        journal_.write(message::reload_refused, {{"problems", std::to_string(fixed.size())}});
        return;
    }
    settings_ = std::move(loaded.settings);
    catalog_.set(loaded.catalog);
    shards_->publish(loaded.catalog);
    shards_->reconfigure(net_limits(settings_));
    directory_->reconfigure(directory_settings(settings_));
    journal_.set(log_level(settings_), log_format(settings_));
    journal_.write(message::reloaded,
                   {{"profiles", std::to_string(loaded.catalog->profile_count())},
                    {"devices", std::to_string(loaded.catalog->device_count())}});
}

void Daemon::Impl::drain() {
    state_ = State::draining;
    journal_.write(message::draining, {{"running", std::to_string(directory_->gauges().running)},
                                       {"waiting", std::to_string(directory_->gauges().waiting)}});
    drain_timer_.expires_after(std::chrono::duration_cast<wire::Duration>(
        std::chrono::duration<double>(settings_.drain.timeout)));
    drain_timer_.async_wait([this](boost::system::error_code cancelled) {
        if (cancelled) return;
        drain_timer_.expires_after(last_word);
        drain_timer_.async_wait([this](boost::system::error_code stopped) {
            if (!stopped) stop(0);
        });
        interrupt();
    });
    Directory::Output out;
    directory_->drain(wire::Clock::now(), Wall::now(), out);
    perform(out);
}

void Daemon::Impl::interrupt() {
    Directory::Output out;
    directory_->interrupt(wire::Clock::now(), Wall::now(), out);
    perform(out);
}

// ---- what the API asks ----

std::variant<bootstrap::AttachAccepted, bootstrap::AttachRefused, http::Backend::Unknown,
             http::Backend::Contradiction>
Daemon::Impl::attach(const attach::Event& event) {
    auto device = attach::resolve(event, *catalog_.get());
    if (const auto* unknown = std::get_if<attach::UnknownDevice>(&device)) {
        journal_.write(message::attach_refused,
                       {{"source", event.source}, {"cause", unknown->reason}});
        return Unknown{unknown->reason};
    }
    if (const auto* contradiction = std::get_if<attach::Contradiction>(&device)) {
        journal_.write(message::attach_refused,
                       {{"source", event.source}, {"cause", contradiction->reason}});
        return Contradiction{contradiction->reason};
    }
    auto& assignment = std::get<provisioning::Assignment>(device);
    const std::string endpoint = assignment.device->endpoint.text();
    const bootstrap::Attachment attachment{std::move(assignment), event.address, event.port,
                                           event.source};
    Directory::Output out;
    auto result = directory_->attach(attachment, wire::Clock::now(), Wall::now(), out);
    if (const auto* accepted = std::get_if<bootstrap::AttachAccepted>(&result))
        journal_.write(message::attached,
                       {{"endpoint", endpoint},
                        {"source", event.source},
                        {"address", event.address ? event.address->to_string() : ""},
                        {"session", accepted->session}});
    else if (const auto* refused = std::get_if<bootstrap::AttachRefused>(&result))
        journal_.write(
            message::attach_refused,
            {{"endpoint", endpoint}, {"source", event.source}, {"cause", refused->reason}});
    perform(out);
    return std::visit(
        [](auto&& what) -> std::variant<bootstrap::AttachAccepted, bootstrap::AttachRefused,
                                        Unknown, Contradiction> { return std::move(what); },
        std::move(result));
}

std::optional<bootstrap::SessionRecord> Daemon::Impl::session(const bootstrap::SessionId& id) {
    return directory_->find(id);
}

std::vector<bootstrap::SessionRecord> Daemon::Impl::sessions(const Directory::Filter& filter) {
    return directory_->list(filter);
}

http::Backend::CancelResult Daemon::Impl::cancel(const bootstrap::SessionId& id) {
    Directory::Output out;
    const bool cancelled = directory_->cancel(id, wire::Clock::now(), Wall::now(), out);
    perform(out);
    if (cancelled) return CancelResult::cancelled;
    return directory_->find(id) ? CancelResult::already_ended : CancelResult::unknown;
}

explain::PlanAnswer Daemon::Impl::plan(const explain::PlanQuestion& question) {
    return explain::answer(question, *catalog_.get(), random_);
}

std::optional<std::string> Daemon::Impl::not_ready() {
    switch (state_) {
        case State::starting:
            return "the daemon starts";
        case State::running:
            return std::nullopt;
        case State::draining:
            return "the daemon stops: no new sessions";
    }
    return std::nullopt;
}

std::string Daemon::Impl::status() {
    Status status;
    status.state = state_ == State::starting  ? "starting"
                   : state_ == State::running ? "running"
                                              : "draining";
    status.uptime = std::chrono::duration_cast<std::chrono::seconds>(wire::Clock::now() - began_);
    status.shards = shards_->count();
    const auto catalog = catalog_.get();
    status.profiles = catalog->profile_count();
    status.devices = catalog->device_count();
    status.coap = shards_->coap_addresses();
    status.coaps = shards_->coaps_addresses();
    status.http = listener_->addresses();
    status.directory = directory_->gauges();
    for (const bootstrap::Outcome outcome : bootstrap::all_outcomes)
        status.outcomes.emplace_back(outcome, chronicle_.count(outcome));
    status.net = shards_->counters();
    status.dropped_refusals = inbox_.dropped();
    return to_text(status);
}

// ---- the public face ----

boost::system::result<std::unique_ptr<Daemon>, std::string> Daemon::open(
    std::filesystem::path file, Configuration configuration, journal::Journal& journal) {
    auto impl = std::make_unique<Impl>(std::move(file), std::move(configuration), journal);
    if (auto why = impl->open()) return std::move(*why);
    return std::unique_ptr<Daemon>(new Daemon(std::move(impl)));
}

Daemon::Daemon(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Daemon::~Daemon() = default;

int Daemon::run() {
    return impl_->run();
}

}  // namespace bootstrapd
