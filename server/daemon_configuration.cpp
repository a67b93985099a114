#include "server/daemon_configuration.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <sstream>

#include "server/daemon_cores.h"
#include "server/daemon_profile_fit.h"
#include "server/daemon_seed.h"
#include "server/secrets/secret_files.h"

namespace bootstrapd {
namespace {

wire::Duration seconds(double value) {
    return std::chrono::duration_cast<wire::Duration>(std::chrono::duration<double>(value));
}

std::vector<wire::SocketAddress> addresses(const std::vector<std::string>& texts) {
    std::vector<wire::SocketAddress> all;
    for (const std::string& text : texts)
        if (const auto address = wire::SocketAddress::from(text)) all.push_back(*address);
    return all;
}

std::int64_t unix_time() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())
        .time_since_epoch()
        .count();
}

// Whether `name` stands in the text as a whole: port 568 is not meant where 5684 is written.
bool mentions(std::string_view text, std::string_view name) {
    for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
        const std::size_t end = at + name.size();
        const auto digit = [&](std::size_t i) {
            return i < text.size() && std::isdigit(static_cast<unsigned char>(text[i])) != 0;
        };
        if (!digit(end) && (at == 0 || !digit(at - 1))) return true;
    }
    return false;
}

}  // namespace

coap::Transmission transmission_of(const config::Settings& settings) {
    coap::Transmission transmission;
    transmission.ack_timeout = seconds(settings.transmission.ack_timeout);
    transmission.ack_random_factor = settings.transmission.ack_random_factor;
    transmission.max_retransmit = settings.transmission.max_retransmit;
    transmission.max_latency = seconds(settings.transmission.max_latency);
    return transmission;
}

std::string in_seconds(double value) {
    std::ostringstream text;
    text << value;
    return text.str();
}

std::optional<Configuration> load_configuration(const std::filesystem::path& file,
                                                document::Problems& problems) {
    auto settings = config::load_settings(file, problems);
    if (!settings) return std::nullopt;
    auto credentials = load_credentials(*settings, file.string(), unix_time(), problems);
    auto read = outfit(*settings, file.string(), problems);
    const config::Provisioning& from = settings->provisioning;
    auto declared = provisioning::load_declared(
        {from.profiles, from.devices, from.objects,
         std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())},
        problems);
    if (declared)
        for (auto& entry : declared->profiles)
            entry.profile = fitted(*settings, *entry.profile, problems);
    if (!declared || !read || !credentials || !problems.empty()) return std::nullopt;
    return Configuration{std::move(*settings), std::move(*declared), std::move(*read),
                         std::move(*credentials)};
}

std::optional<Reloaded> load_again(const std::filesystem::path& file,
                                   const config::Settings& running,
                                   const Profiles::Pointer& in_force, store::Store& store,
                                   document::Problems& problems) {
    auto loaded = load_configuration(file, problems);
    if (!loaded) return std::nullopt;
    for (const std::string& pointer : config::needs_restart(running, loaded->settings))
        problems.push_back({file.string(), pointer, "the change needs a restart",
                            "restart the daemon, or undo the change"});
    std::vector<store::ProfileRecord> made;
    for (const auto& [name, entry] : in_force->all())
        if (entry.profile->file.empty())
            made.push_back({name, entry.text, store::Revision{entry.revision}, {}, {}});
    auto profiles = Profiles::join(loaded->settings, loaded->declared, made, problems);
    if (profiles) check_fleet(*loaded->credentials.fleet, *profiles, file.string(), problems);
    if (!problems.empty()) return std::nullopt;
    const auto seeded = seed(store, loaded->declared.devices, problems);
    if (!seeded)
        problems.push_back(
            {file.string(), "/store/sqlite", seeded.error().text, "see to the store, then reload"});
    if (!problems.empty()) return std::nullopt;
    auto missing = missing_profiles(store, *profiles);
    return Reloaded{std::move(loaded->settings),
                    std::move(loaded->outfit),
                    std::move(loaded->credentials),
                    std::move(profiles),
                    in_force,
                    *seeded,
                    std::move(missing)};
}

void check_fleet(const provisioning::Fleet& fleet, const provisioning::ProfileSet& profiles,
                 std::string_view file, document::Problems& problems) {
    for (const provisioning::Fleet::Use& use : fleet.uses())
        if (profiles.find(use.profile) == nullptr)
            problems.push_back({std::string(file), use.pointer,
                                "there is no profile \"" + use.profile + "\"",
                                "make it first, or correct the name"});
}

net::Limits net_limits(const config::Settings& settings) {
    const config::Limits& from = settings.limits;
    net::Limits limits;
    limits.associations = from.associations;
    limits.half_open = from.half_open;
    limits.associations_per_prefix = from.associations_per_prefix;
    limits.datagrams_per_second_per_peer = from.datagrams_per_second_per_peer;
    limits.association_idle = seconds(from.association_idle);
    limits.unsecured_peers = from.unsecured_peers;
    limits.hand_over_queue = from.hand_over_queue;
    limits.failed_handshakes_per_address = from.failed_handshakes_per_address;
    limits.failed_handshakes_per_prefix = from.failed_handshakes_per_prefix;
    limits.failed_handshake_window = seconds(from.failed_handshake_window);
    return limits;
}

net::Settings net_settings(const config::Settings& settings, const Credentials& credentials) {
    net::Settings out;
    out.coap = addresses(settings.listen.coap);
    out.coaps = addresses(settings.listen.coaps);
    out.shards = static_cast<std::uint16_t>(settings.shards != 0 ? settings.shards : cores());
    out.dtls = dtls_settings(settings, credentials);
    out.peer.session.deadline = seconds(settings.session.deadline);
    out.peer.session.transmission = transmission_of(settings);
    out.peer.separate_after = seconds(settings.session.separate_after);
    out.limits = net_limits(settings);
    return out;
}

namespace {

// The names were checked when the settings were read.
std::uint8_t roles_of(const std::vector<std::string>& names) {
    std::uint8_t roles = 0;
    for (const std::string& name : names)
        if (const auto role = http::role_from(name))
            roles = static_cast<std::uint8_t>(roles | http::bit(*role));
    return roles;
}

// A credential that is not there is told by whoever opens the file.
std::filesystem::path file_of(const std::filesystem::path& named) {
    const auto file = secrets::secret_file(named);
    return file ? file->path : named;
}

http::AuthenticationSettings authentication_of(const config::Http& from) {
    http::AuthenticationSettings out;
    out.required = from.authentication == "required";
    for (const auto& token : from.tokens)
        if (const auto sha256 = http::sha256_from_hex(token.sha256))
            out.tokens.push_back({token.name, roles_of(token.roles), *sha256});
    for (const auto& one : from.certificates) {
        http::ClientCertificate certificate{one.name, roles_of(one.roles), {}, {}};
        if (one.subject.empty())
            certificate.sha256 = http::sha256_from_hex(one.sha256);
        else
            certificate.subject = one.subject;
        out.certificates.push_back(std::move(certificate));
    }
    out.socket_roles = roles_of(from.socket_roles);
    return out;
}

}  // namespace

http::Settings http_settings(const config::Settings& settings) {
    const config::Http& from = settings.http;
    http::Settings out;
    out.listen = addresses(from.listen);
    out.socket = from.socket;
    if (from.tls)
        out.tls = http::TlsSettings{file_of(from.tls->certificate), file_of(from.tls->key),
                                    file_of(from.tls->client_ca)};
    out.authentication = authentication_of(from);
    out.max_body = from.max_body;
    out.max_import = from.max_import;
    out.max_header = from.max_header;
    out.max_connections = from.max_connections;
    out.idle_timeout = seconds(from.idle_timeout);
    return out;
}

http::Settings probe_settings(const config::Settings& settings) {
    http::Settings out;
    out.listen = addresses(settings.metrics.listen);
    out.authentication.required = true;  // the router lets everybody in, and nobody may do more
    out.max_body = 0;
    out.max_header = settings.http.max_header;
    out.max_connections = settings.http.max_connections;
    out.idle_timeout = seconds(settings.http.idle_timeout);
    return out;
}

store::SqliteOptions store_options(const config::Settings& settings) {
    const auto whole = [](double value) {
        return std::chrono::seconds(static_cast<std::int64_t>(value));
    };
    const config::Store::Retention& from = settings.store.retention;
    store::SqliteOptions out;
    out.file = settings.store.sqlite;
    out.retention.sessions_age = whole(from.sessions_age);
    out.retention.sessions = from.sessions;
    out.retention.refusals = from.refusals;
    out.retention.audit_age = whole(from.audit_age);
    out.retention.events_age = whole(from.events_age);
    out.retention.answers_age = whole(from.answers_age);
    out.retention.strangers = settings.attach.strangers;
    out.retention.deliveries = from.deliveries;
    return out;
}

AttachDesk::Settings attach_settings(const config::Settings& settings) {
    AttachDesk::Settings out;
    out.most_under_way = settings.limits.pending_attachments;
    out.remembers_strangers = settings.attach.strangers > 0;
    return out;
}

std::vector<wire::SocketAddress> radius_addresses(const config::Settings& settings) {
    return addresses(settings.attach.radius.listen);
}

bootstrap::DirectorySettings directory_settings(const config::Settings& settings) {
    bootstrap::DirectorySettings out;
    out.attach_window = seconds(settings.session.attach_window);
    out.settle = seconds(settings.session.settle);
    out.attach_retry = seconds(settings.session.attach_retry);
    out.max_sessions = settings.limits.sessions;
    out.max_pending_attachments = settings.limits.pending_attachments;
    out.max_records = settings.limits.session_records;
    out.max_not_admitted_records =
        std::min(out.max_not_admitted_records, settings.limits.session_records);
    out.attach_rate = settings.attach.rate;
    out.attach_concurrency = settings.attach.concurrency;
    // What waits when the daemon ends is in the store, and goes on with the next one.
    out.triggers_outlive = !settings.store.sqlite.empty();
    out.serves_unsecured = !settings.listen.coap.empty();
    out.serves_secured = !settings.listen.coaps.empty();
    return out;
}

journal::Level log_level(const config::Settings& settings) {
    switch (settings.log.level) {
        case config::LogLevel::trace:
            return journal::Level::trace;
        case config::LogLevel::debug:
            return journal::Level::debug;
        case config::LogLevel::info:
            return journal::Level::info;
        case config::LogLevel::warning:
            return journal::Level::warning;
        case config::LogLevel::error:
            return journal::Level::error;
    }
    return journal::Level::info;
}

journal::Format log_format(const config::Settings& settings) {
    return settings.log.format == config::LogFormat::json ? journal::Format::json
                                                          : journal::Format::text;
}

std::string pointer_of(std::string_view error, const config::Settings& settings) {
    const auto among = [&](const std::vector<std::string>& texts, std::string_view list) {
        for (std::size_t i = 0; i < texts.size(); ++i) {
            const auto address = wire::SocketAddress::from(texts[i]);
            if (address && mentions(error, address->to_string()))
                return std::string(list) + "/" + std::to_string(i);
        }
        return std::string();
    };
    for (const auto& [texts, list] :
         {std::pair{&settings.listen.coap, "/listen/coap"},
          std::pair{&settings.listen.coaps, "/listen/coaps"},
          std::pair{&settings.attach.radius.listen, "/attach/radius/listen"},
          std::pair{&settings.http.listen, "/http/listen"},
          std::pair{&settings.metrics.listen, "/metrics/listen"}})
        if (auto pointer = among(*texts, list); !pointer.empty()) return pointer;
    if (!settings.http.socket.empty() && mentions(error, settings.http.socket.string()))
        return "/http/socket";
    return "";
}

}  // namespace bootstrapd
