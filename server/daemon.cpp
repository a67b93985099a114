#include "server/daemon.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "provisioning/store/sqlite.h"
#include "server/asio.h"
#include "server/attach/radius_listener.h"
#include "server/bootstrap/directory.h"
#include "server/daemon_attach.h"
#include "server/daemon_backend.h"
#include "server/daemon_chronicle.h"
#include "server/daemon_credential_news.h"
#include "server/daemon_expiry.h"
#include "server/daemon_inbox.h"
#include "server/daemon_keys.h"
#include "server/daemon_lookup.h"
#include "server/daemon_passed_sockets.h"
#include "server/daemon_profiles.h"
#include "server/daemon_recorder.h"
#include "server/daemon_rotations.h"
#include "server/daemon_seed.h"
#include "server/daemon_service.h"
#include "server/daemon_sessions.h"
#include "server/daemon_status.h"
#include "server/daemon_traces.h"
#include "server/daemon_version.h"
#include "server/dtls/random.h"
#include "server/http/api.h"
#include "server/http/events.h"
#include "server/http/listener.h"
#include "server/http/probes.h"
#include "server/journal/messages.h"
#include "server/metrics/tally.h"
#include "server/outbound/client.h"
#include "server/outbound/deliverer.h"
#include "server/outbound/key_sharer.h"
#include "server/outbound/server_trigger.h"
#include "server/secrets/secret_files.h"
#include "server/service/service_manager.h"

namespace bootstrapd {
namespace {

namespace asio = boost::asio;
namespace message = journal::message;
using bootstrap::Directory;

constexpr std::size_t most_refusals_waiting = 10000;
// After the sessions were told to stop: for the shards' confirmations.
constexpr auto last_word = std::chrono::seconds(2);

constexpr auto pause_of_the_log = std::chrono::seconds(10);
constexpr std::size_t events_kept = 10'000;
// How long the last records may take to reach the store when everything else has ended.
constexpr auto last_records = std::chrono::seconds(10);

std::string told(const document::Problems& problems) {
    std::string all;
    for (const document::Problem& problem : problems)
        all += (all.empty() ? "" : "\n") + document::to_string(problem);
    return all;
}

// "/log/level /limits/sessions"
std::string in_one(const std::vector<std::string>& pointers) {
    std::string all;
    for (const std::string& pointer : pointers) (all += all.empty() ? "" : " ") += pointer;
    return all;
}

// Another one at every start.
std::string boot_name(wire::Random& random) {
    std::array<std::uint8_t, 6> octets{};
    random.fill(octets);
    return wire::to_hex(octets);
}

}  // namespace

class Daemon::Impl {
  public:
    Impl(std::filesystem::path file, Configuration configuration, journal::Journal& journal)
        : file_(std::move(file)),
          settings_(std::move(configuration.settings)),
          declared_(std::move(configuration.declared)),
          outfit_(std::move(configuration.outfit)),
          credentials_(std::move(configuration.credentials)),
          journal_(journal),
          chronicle_(journal) {}
    ~Impl();

    // Nothing, or why not.
    std::optional<std::string> open();
    int run();

  private:
    enum class State { starting, running, draining };

    std::string why(const std::string& error) const;
    std::optional<std::string> open_store();
    std::optional<std::string> open_network();
    net::Handlers handlers();
    void apply_settings();
    void warn(const provisioning::Profile& profile);
    void warn_of_profiles();
    void tell_addresses();
    void tell_withheld();
    void wait_for_signal();
    void on_signal(int number);
    // `reply`: once what is read from now on is in force or refused.
    void reload(http::Backend::Reply<http::Backend::ReloadResult> reply = nullptr);
    void finish_reload(std::optional<Reloaded> loaded, const document::Problems& problems);
    http::Backend::ReloadResult apply(Reloaded&& loaded);
    document::Problems refused_reload(document::Problems problems);
    std::string in_a_line() const;
    void drain();
    void settled();
    void stop(int exit_code);
    std::optional<std::string> not_ready() const;
    Status status() const;

    // Before any thread: it takes what the environment says out of it.
    service::ServiceManager manager_;
    asio::io_context context_{1};
    std::filesystem::path file_;
    config::Settings settings_;
    provisioning::Declared declared_;  // empty once the store has it
    Outfit outfit_;
    Credentials credentials_;
    journal::Journal& journal_;
    Chronicle chronicle_;
    metrics::Tally tally_;
    Inbox inbox_{most_refusals_waiting,
                 [this] { asio::post(context_, [this] { sessions_->take(inbox_.take()); }); }};
    dtls::OpenSslRandom random_;
    http::Events events_{boot_name(random_), events_kept, settings_.http.event_subscribers};
    // What the store calls back into is above it, and goes after it: its end lets what waits in it
    // come to its own.
    std::optional<Profiles> profiles_;
    std::unique_ptr<Directory> directory_;
    std::unique_ptr<store::Store> store_;
    outbound::Client client_{context_};
    outbound::ServerTrigger servers_{context_, client_};
    outbound::KeySharer key_sharer_{context_, client_};
    ExpiryWatch expiry_{context_, journal_};
    // The shards ask it from their threads.
    std::optional<DeviceFinder> finder_;
    std::optional<outbound::Deliverer> deliverer_;
    std::optional<Recorder> recorder_;
    std::optional<CredentialNews> news_;
    std::optional<KeyDesk> keys_;
    std::optional<Traces> traces_;
    // The shards call the inbox, the traces, the profiles, the store and the context from their
    // threads until stop().
    std::unique_ptr<net::Shards> shards_;
    std::optional<Sessions> sessions_;
    std::optional<AttachDesk> desk_;
    std::optional<Rotations> rotations_;
    std::unique_ptr<attach::radius::Listener> radius_;
    std::optional<Backend> backend_;
    std::optional<http::Api> api_;
    std::unique_ptr<http::Listener> listener_;
    std::optional<http::Probes> probes_;
    std::unique_ptr<http::Listener> probe_listener_;
    std::optional<ServiceDesk> service_;
    asio::signal_set signals_{context_};
    asio::steady_timer drain_timer_{context_};
    asio::steady_timer last_timer_{context_};
    asio::steady_timer log_timer_{context_};
    asio::thread_pool loader_{1};

    State state_ = State::starting;
    wire::TimePoint began_ = wire::Clock::now();
    bool reloading_ = false;
    bool reload_again_ = false;
    // Of a reload that is still to begin, and of the one that reads.
    std::vector<http::Backend::Reply<http::Backend::ReloadResult>> reload_asked_, reload_replies_;
    bool stopping_ = false;
    int exit_code_ = 0;
};

// ---- start ----

Daemon::Impl::~Impl() {
    if (shards_) shards_->stop();
    loader_.join();
    store_.reset();
}

net::Handlers Daemon::Impl::handlers() {
    net::Handlers handlers;
    handlers.notices = [this](std::vector<bootstrap::Notice> notices) {
        inbox_.put(std::move(notices));
    };
    handlers.find_device = [this](const bootstrap::DeviceQuery& query,
                                  net::Handlers::Answer answer) {
        finder_->find(query, std::move(answer));
    };
    handlers.tapped = [this](net::Tapped message) { traces_->put(std::move(message)); };
    handlers.failed = [this](std::string reason) {
        asio::post(context_, [this, reason = std::move(reason)] {
            journal_.write(message::shard_failed, {{"cause", reason}});
            stop(1);
        });
    };
    return handlers;
}

std::string Daemon::Impl::why(const std::string& error) const {
    const std::string pointer = pointer_of(error, settings_);
    return file_.string() + ": " + (pointer.empty() ? "" : pointer + ": ") + error;
}

std::optional<std::string> Daemon::Impl::open_store() {
    auto keys = secrets::master_keys(settings_.store, random_);
    if (!keys) return file_.string() + ": /store/masterKey: " + keys.error();
    auto options = store_options(settings_);
    options.keys = std::move(keys->keys);
    auto opened = store::open_sqlite(options, std::make_unique<dtls::OpenSslRandom>());
    if (!opened) return file_.string() + ": /store/sqlite: " + opened.error();
    store_ = std::move(*opened);
    if (!keys->made.empty())
        journal_.write(message::master_key_made, {{"file", keys->made.string()}});

    profiles_.emplace(
        *store_, [this](std::function<void()> what) { asio::post(context_, std::move(what)); });
    document::Problems problems;
    const auto made = made_profiles(*store_);
    if (!made) return file_.string() + ": /store/sqlite: " + made.error().text;
    auto joined = Profiles::join(settings_, declared_, *made, problems);
    if (joined) check_fleet(*credentials_.fleet, *joined, file_.string(), problems);
    const auto seeded = seed(*store_, declared_.devices, problems);
    if (!seeded) return file_.string() + ": /store/sqlite: " + seeded.error().text;
    if (!problems.empty()) return told(problems);
    declared_ = {};
    for (const std::string& name : missing_profiles(*store_, *joined))
        journal_.write(message::profile_missing, {{"profile", name}});
    profiles_->set(std::move(joined));
    warn_of_profiles();
    journal_.write(
        message::store_opened,
        {{"file", settings_.store.sqlite.empty() ? "(in memory)" : settings_.store.sqlite.string()},
         {"written", std::to_string(seeded->written)},
         {"unchanged", std::to_string(seeded->unchanged)},
         {"disabled", std::to_string(seeded->disabled)}});
    return std::nullopt;
}

std::optional<std::string> Daemon::Impl::open_network() {
    finder_.emplace(*store_, *profiles_);
    const auto passed = PassedSockets::sort(manager_.take_sockets(), settings_);
    if (passed.has_error()) return why(passed.error());
    auto network = net_settings(settings_, credentials_);
    network.passed = passed->datagrams();
    auto shards = net::Shards::open(network, handlers(), journal_);
    if (shards.has_error()) return why(shards.error());
    shards_ = std::move(*shards);
    directory_ = std::make_unique<Directory>(
        directory_settings(settings_), random_,
        [this](const wire::SocketAddress& remote) { return shards_->owner(remote); });
    traces_.emplace(
        Traces::Parts{context_, [this](const auto& endpoints) { shards_->trace(endpoints); },
                      [this] { return profiles_->get(); }, journal_},
        settings_.limits.traces);
    deliverer_.emplace(context_, *store_, client_, random_, journal_);
    recorder_.emplace(
        context_, *store_, journal_, tally_,
        [this](std::string_view kind) { return deliverer_->wanting(kind); },
        [this](const bootstrap::SessionId& session, bool told) {
            directory_->forget(session);
            if (told) deliverer_->wake();
        });
    news_.emplace(
        CredentialNews::Parts{context_, *store_, random_, events_, journal_,
                              [this](std::string_view kind) { return deliverer_->wanting(kind); },
                              [this] { deliverer_->wake(); }});
    keys_.emplace(
        KeyDesk::Parts{context_, *store_, *profiles_, key_sharer_, random_, journal_, *news_,
                       [this](const std::string& endpoint) { desk_->device_changed(endpoint); }});
    sessions_.emplace(Sessions::Parts{context_, *shards_, *directory_, chronicle_, *recorder_,
                                      events_, servers_, *keys_, *traces_, tally_},
                      [this] { settled(); });
    desk_.emplace(context_, *store_, *profiles_, *finder_, *sessions_, events_, journal_);
    rotations_.emplace(context_, *store_, *desk_, *news_, random_, journal_);
    auto radius = attach::radius::Listener::open(context_, radius_addresses(settings_),
                                                 std::move(outfit_.radius), {}, *desk_, journal_);
    if (radius.has_error()) return why(radius.error());
    radius_ = std::move(*radius);
    backend_.emplace(Backend::Parts{
        context_, *store_, *profiles_, *sessions_, *desk_, events_, *rotations_, *news_, *traces_,
        random_, settings_, [this] { return status(); }, tally_, [this] { return not_ready(); },
        [this](const auto& profile) { warn(profile); },
        [this](auto reply) { reload(std::move(reply)); }});
    api_.emplace(*backend_);
    auto api = http_settings(settings_);
    api.passed = passed->http();
    api.passed_socket = passed->control();
    auto listener = http::Listener::open(context_, api, *api_, journal_);
    if (listener.has_error()) return why(listener.error());
    listener_ = std::move(*listener);
    probes_.emplace(*api_);
    auto probes = http::Listener::open(context_, probe_settings(settings_), *probes_, journal_);
    if (probes.has_error()) return why(probes.error());
    probe_listener_ = std::move(*probes);
    return std::nullopt;
}

std::optional<std::string> Daemon::Impl::open() {
    journal_.write(message::starting,
                   {{"version", std::string(version)}, {"settings", file_.string()}});
    if (auto error = open_store()) return error;
    if (auto error = open_network()) return error;
    service_.emplace(context_, *shards_, manager_, [this] { return in_a_line(); });
    apply_settings();
    return std::nullopt;
}

// What can change without a restart, but for the network's limits and the log.
void Daemon::Impl::apply_settings() {
    backend_->set(std::move(outfit_.mappings));
    servers_.reconfigure(std::move(outfit_.servers));
    deliverer_->reconfigure(std::move(outfit_.webhooks));
    desk_->set(attach_settings(settings_));
    key_sharer_.reconfigure(std::move(outfit_.key_shares));
    traces_->set_limit(settings_.limits.traces);
    rotations_->set_rate(settings_.rotation.rate);
    finder_->set(credentials_.fleet);
    expiry_.set(credentials_.expiring, settings_.dtls.certificate_warning);
}

void Daemon::Impl::warn(const provisioning::Profile& profile) {
    for (const document::Problem& warning : profile.warnings)
        journal_.write(message::profile_warning, {{"profile", profile.name},
                                                  {"file", warning.file},
                                                  {"pointer", warning.pointer},
                                                  {"warning", warning.message},
                                                  {"remedy", warning.remedy}});
}

void Daemon::Impl::warn_of_profiles() {
    const auto profiles = profiles_->get();
    for (const auto& [name, entry] : profiles->all()) warn(*entry.profile);
}

void Daemon::Impl::tell_addresses() {
    const auto tell = [this](const char* service, const std::string& address) {
        journal_.write(message::listening, {{"service", service}, {"address", address}});
    };
    for (const auto& address : shards_->coap_addresses()) tell("coap", address.to_string());
    for (const auto& address : shards_->coaps_addresses()) tell("coaps", address.to_string());
    for (const auto& address : radius_->addresses()) tell("radius", address.to_string());
    for (const auto& address : listener_->addresses())
        tell(settings_.http.tls ? "https" : "http", address.to_string());
    for (const auto& address : probe_listener_->addresses()) tell("metrics", address.to_string());
    if (!settings_.http.socket.empty()) tell("http", settings_.http.socket.string());
    if (settings_.http.authentication == "none" &&
        !(settings_.http.listen.empty() && settings_.http.socket.empty()))
        journal_.write(message::http_unauthenticated,
                       {{"file", file_.string()}, {"pointer", "/http/authentication"}});
}

// Strangers may have filled their share of the log, and gone.
void Daemon::Impl::tell_withheld() {
    journal_.tell_withheld();
    log_timer_.expires_after(pause_of_the_log);
    log_timer_.async_wait([this](boost::system::error_code cancelled) {
        if (!cancelled) tell_withheld();
    });
}

int Daemon::Impl::run() {
    for (const int number : {SIGHUP, SIGTERM, SIGINT}) signals_.add(number);
    wait_for_signal();
    shards_->start();
    desk_->restore();
    state_ = State::running;
    tell_addresses();
    if (!shards_->is_steered()) journal_.write(message::unsteered, {});
    journal_.write(message::ready, {{"shards", std::to_string(shards_->count())},
                                    {"profiles", std::to_string(profiles_->get()->size())}});
    service_->start();
    tell_withheld();
    context_.run();
    service_->stop();

    // Answers that are on their way leave; nobody is waited for.
    listener_->close();
    probe_listener_->close();
    radius_->close();
    deliverer_->stop();
    context_.restart();
    context_.poll();
    shards_->stop();
    loader_.join();
    store_.reset();
    journal_.write(message::stopped, {{"exitCode", std::to_string(exit_code_)}});
    journal_.flush();
    return exit_code_;
}

// The last records go to the store before the loop ends.
void Daemon::Impl::stop(int exit_code) {
    exit_code_ = std::max(exit_code_, exit_code);
    if (std::exchange(stopping_, true)) return;
    last_timer_.expires_after(last_records);
    last_timer_.async_wait([this](boost::system::error_code cancelled) {
        if (!cancelled) context_.stop();
    });
    recorder_->when_idle([this] { context_.stop(); });
}

void Daemon::Impl::settled() {
    if (state_ == State::draining && directory_->gauges().running == 0) stop(0);
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
        sessions_->interrupt();
        stop(0);
    } else {
        drain();
    }
}

void Daemon::Impl::reload(http::Backend::Reply<http::Backend::ReloadResult> reply) {
    if (reply && state_ != State::running) return reply(http::Backend::CannotReload{*not_ready()});
    if (reply) reload_asked_.push_back(std::move(reply));
    if (std::exchange(reloading_, true)) {
        reload_again_ = true;
        return;
    }
    std::ranges::move(std::exchange(reload_asked_, {}), std::back_inserter(reload_replies_));
    manager_.reloading();
    asio::post(loader_, [this, profiles = profiles_->get(), running = settings_] {
        document::Problems problems;
        auto loaded = load_again(file_, running, profiles, *store_, problems);
        asio::post(context_,
                   [this, loaded = std::move(loaded), problems = std::move(problems)]() mutable {
                       finish_reload(std::move(loaded), problems);
                   });
    });
}

void Daemon::Impl::finish_reload(std::optional<Reloaded> loaded,
                                 const document::Problems& problems) {
    reloading_ = false;
    // The API has made or removed a profile meanwhile.
    if (loaded && loaded->based_on != profiles_->get()) {
        reload();
        return;
    }
    const auto result =
        loaded ? apply(std::move(*loaded)) : http::Backend::ReloadResult{refused_reload(problems)};
    for (const auto& reply : std::exchange(reload_replies_, {})) reply(result);
    if (std::exchange(reload_again_, false)) return reload();
    if (state_ == State::running) manager_.ready(in_a_line());
}

document::Problems Daemon::Impl::refused_reload(document::Problems problems) {
    for (const document::Problem& problem : problems)
        journal_.write(message::configuration_problem, {{"file", problem.file},
                                                        {"pointer", problem.pointer},
                                                        {"problem", problem.message},
                                                        {"remedy", problem.remedy}});
    journal_.write(message::reload_refused, {{"problems", std::to_string(problems.size())}});
    return problems;
}

http::Backend::ReloadResult Daemon::Impl::apply(Reloaded&& loaded) {
    if (const auto error = listener_->reload(http_settings(loaded.settings)))
        return refused_reload({{file_.string(), "/http", *error, "correct it, then reload"}});
    if (const auto taken =
            shards_->reconfigure_dtls(dtls_settings(loaded.settings, loaded.credentials));
        taken.has_error())
        return refused_reload(
            {{file_.string(), "/dtls", taken.error(), "correct it, then reload"}});
    auto changed = changed_settings(settings_, loaded.settings);
    settings_ = std::move(loaded.settings);
    outfit_ = std::move(loaded.outfit);
    credentials_ = std::move(loaded.credentials);
    profiles_->set(std::move(loaded.profiles));
    warn_of_profiles();
    for (const std::string& name : loaded.missing_profiles)
        journal_.write(message::profile_missing, {{"profile", name}});
    shards_->reconfigure(net_limits(settings_));
    directory_->reconfigure(directory_settings(settings_));
    radius_->set_clients(std::move(outfit_.radius));
    apply_settings();
    desk_->devices_changed();
    client_.forget();
    journal_.set(log_level(settings_), log_format(settings_));
    journal_.write(message::reloaded,
                   {{"profiles", std::to_string(profiles_->get()->size())},
                    {"devices", std::to_string(loaded.seeded.written + loaded.seeded.unchanged)},
                    {"written", std::to_string(loaded.seeded.written)},
                    {"disabled", std::to_string(loaded.seeded.disabled)},
                    {"changed", in_one(changed)}});
    return http::Backend::Reloaded{std::move(changed), profiles_->get()->size(),
                                   loaded.seeded.written, loaded.seeded.disabled};
}

void Daemon::Impl::drain() {
    state_ = State::draining;
    const auto patience = std::chrono::duration_cast<wire::Duration>(
        std::chrono::duration<double>(settings_.drain.timeout));
    manager_.stopping("waits for the sessions that run", patience + last_word + last_records);
    journal_.write(message::draining, {{"running", std::to_string(directory_->gauges().running)},
                                       {"waiting", std::to_string(directory_->gauges().waiting)}});
    drain_timer_.expires_after(patience);
    drain_timer_.async_wait([this](boost::system::error_code cancelled) {
        if (cancelled) return;
        drain_timer_.expires_after(last_word);
        drain_timer_.async_wait([this](boost::system::error_code stopped) {
            if (!stopped) stop(0);
        });
        sessions_->interrupt();
    });
    sessions_->drain();
}

// ---- what is told of it ----

std::string Daemon::Impl::in_a_line() const {
    const Directory::Gauges now = directory_->gauges();
    std::string line = std::to_string(now.running) + " sessions run, " +
                       std::to_string(now.waiting) + " wait; " +
                       std::to_string(profiles_->get()->size()) + " profiles";
    if (const auto why = not_ready()) line += "; not ready: " + *why;
    return line;
}

std::optional<std::string> Daemon::Impl::not_ready() const {
    switch (state_) {
        case State::starting:
            return "the daemon starts";
        case State::running:
            if (recorder_->trouble()) return "the store takes nothing: " + *recorder_->trouble();
            return std::nullopt;
        case State::draining:
            return "the daemon stops: no new sessions";
    }
    return std::nullopt;
}

Status Daemon::Impl::status() const {
    Status status;
    status.state = state_ == State::starting  ? "starting"
                   : state_ == State::running ? "running"
                                              : "draining";
    status.uptime = std::chrono::duration_cast<std::chrono::seconds>(wire::Clock::now() - began_);
    status.shards = shards_->count();
    status.profiles = profiles_->get()->size();
    status.coap = shards_->coap_addresses();
    status.coaps = shards_->coaps_addresses();
    status.http = listener_->addresses();
    status.directory = directory_->gauges();
    for (const bootstrap::Outcome outcome : bootstrap::all_outcomes)
        status.outcomes.emplace_back(outcome, chronicle_.count(outcome));
    status.net = shards_->counters();
    status.dropped_refusals = inbox_.dropped();
    status.attach = desk_->counts();
    status.restored = desk_->is_restored();
    status.store = store_->statistics();
    status.records_waiting = recorder_->waiting();
    status.records_lost = recorder_->lost();
    status.store_trouble = recorder_->trouble();
    status.webhooks = deliverer_->counters();
    status.radius = radius_->counters();
    status.api = listener_->counters();
    status.keys = keys_->counters();
    status.keys_under_way = keys_->under_way();
    status.rotations = rotations_->counters();
    status.rotations_under_way = rotations_->under_way();
    status.key_shares = key_sharer_.counters();
    status.expiring = expiry_.all();
    status.now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())
                     .time_since_epoch()
                     .count();
    return status;
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
