#include "server/daemon_outfit.h"

#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

#include "server/secrets/secret_files.h"

namespace bootstrapd {
namespace {

wire::Duration seconds(double value) {
    return std::chrono::duration_cast<wire::Duration>(std::chrono::duration<double>(value));
}

// The problems of one list of the settings, by the places of its entries.
class Reader {
  public:
    Reader(std::string_view file, document::Problems& problems)
        : file_(file), problems_(problems) {}

    void problem(std::string pointer, std::string what, std::string remedy) {
        problems_.push_back(
            {std::string(file_), std::move(pointer), std::move(what), std::move(remedy)});
    }
    // Of a path that is empty: none.
    std::optional<model::Secret> secret(const std::filesystem::path& path,
                                        const std::string& pointer) {
        if (path.empty()) return std::nullopt;
        auto read = secrets::read_secret(path);
        if (read) return std::move(*read);
        problem(pointer, read.error(), "name a file of one line that only the daemon may read");
        return std::nullopt;
    }
    document::Problems& problems() { return problems_; }
    std::string_view file() const { return file_; }

  private:
    std::string_view file_;
    document::Problems& problems_;
};

std::string place(std::string_view list, std::size_t index, std::string_view member) {
    return std::string(list) + "/" + std::to_string(index) + "/" + std::string(member);
}

Mappings mappings_of(const config::Attach& attach, Reader& reader) {
    Mappings mappings;
    if (!attach.mappings) return mappings;
    for (const auto& [name, written] : attach.mappings->items()) {
        const document::Node node(written, reader.file(),
                                  "/attach/mappings/" + document::escape_token(name),
                                  reader.problems());
        if (auto mapping = attach::parse_mapping(node, name))
            mappings.emplace(name, std::move(mapping));
    }
    return mappings;
}

std::vector<attach::radius::Client> radius_of(const config::Attach& attach, Reader& reader) {
    std::vector<attach::radius::Client> clients;
    for (std::size_t i = 0; i < attach.radius.clients.size(); ++i) {
        const auto& from = attach.radius.clients[i];
        const auto network = wire::AddressPrefix::from(from.address);
        auto secret =
            reader.secret(from.secret_file, place("/attach/radius/clients", i, "secretFile"));
        if (!network || !secret) continue;  // an address was checked when it was read
        clients.push_back(
            {from.name, *network, std::move(*secret), from.require_message_authenticator});
    }
    return clients;
}

std::vector<outbound::Webhook> webhooks_of(const config::Outbound& from, Reader& reader) {
    std::vector<outbound::Webhook> webhooks;
    for (std::size_t i = 0; i < from.webhooks.size(); ++i) {
        const config::Webhook& one = from.webhooks[i];
        const auto url = wire::HttpUrl::from(one.url);
        auto secret = reader.secret(one.secret_file, place("/webhooks", i, "secretFile"));
        if (!url) continue;
        outbound::Webhook hook{{one.name, one.concurrency,
                                std::chrono::seconds(static_cast<std::int64_t>(one.max_age))},
                               *url,
                               one.events,
                               std::move(secret),
                               one.ca_file,
                               seconds(one.timeout)};
        webhooks.push_back(std::move(hook));
    }
    return webhooks;
}

std::vector<outbound::LwM2mServer> servers_of(const config::Outbound& from, Reader& reader) {
    std::vector<outbound::LwM2mServer> servers;
    for (const config::LwM2mServer& one : from.servers) {
        outbound::LwM2mServer server;
        server.name = one.name;
        server.preset =
            one.preset == "leshan" ? outbound::ServerPreset::leshan : outbound::ServerPreset::none;
        server.url = one.url;
        server.method = one.method;
        server.headers = one.headers;
        server.body = one.body;
        server.token = reader.secret(
            one.token_file, "/lwm2mServers/" + document::escape_token(one.name) + "/tokenFile");
        server.ca_file = one.ca_file;
        server.timeout = seconds(one.timeout);
        server.concurrency = one.concurrency;
        servers.push_back(std::move(server));
    }
    return servers;
}

std::vector<outbound::KeyShareTarget> key_shares_of(const config::Outbound& from, Reader& reader) {
    std::vector<outbound::KeyShareTarget> targets;
    for (const config::KeyShare& one : from.key_shares) {
        const auto url = wire::HttpUrl::from(one.url);
        auto secret = reader.secret(
            one.secret_file, "/keyShares/" + document::escape_token(one.name) + "/secretFile");
        if (!url || !secret) continue;  // the URL was checked when it was read
        targets.push_back(
            {one.name, *url, std::move(*secret), one.ca_file, seconds(one.timeout), one.attempts});
    }
    return targets;
}

}  // namespace

std::optional<Outfit> outfit(const config::Settings& settings, std::string_view file,
                             document::Problems& problems) {
    const std::size_t before = problems.size();
    Reader reader(file, problems);
    Outfit out{mappings_of(settings.attach, reader), radius_of(settings.attach, reader),
               webhooks_of(settings.outbound, reader), servers_of(settings.outbound, reader),
               key_shares_of(settings.outbound, reader)};
    if (problems.size() != before) return std::nullopt;
    return out;
}

}  // namespace bootstrapd
