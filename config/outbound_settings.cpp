#include "config/outbound_settings.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "config/section.h"
#include "server/wire/http_url.h"
#include "server/wire/placeholders.h"

namespace config {
namespace {

using document::Node;

constexpr std::array<std::string_view, 1> presets = {"leshan"};
constexpr std::array<std::string_view, 4> methods = {"POST", "PUT", "PATCH", "GET"};
constexpr std::size_t most_entries = 100;
constexpr std::size_t most_headers = 32;

constexpr std::string_view url_remedy = "write one as in \"https://ops.example.com/hooks/lwm2m\"";

// Letters, digits, "-", "_", ".": a name stands in the log, in the store, in the API's paths.
bool is_name(std::string_view text) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    return !text.empty() && text.size() <= 64 &&
           text.find_first_not_of(allowed) == std::string_view::npos;
}
constexpr std::string_view name_remedy = "write up to 64 letters, digits, \"-\", \"_\" or \".\"";

void read_url(const Node& node, std::string& url, std::string_view remedy) {
    const auto text = node.text();
    if (!text) return;
    if (const auto parsed = wire::HttpUrl::from(*text))
        url = *text;
    else
        node.problem(parsed.error(), std::string(remedy));
}

void read_events(const Section& section, std::vector<std::string>& events) {
    const auto list = section.member("events");
    if (!list || !list->array()) return;
    for (std::size_t i = 0; i < list->size(); ++i) {
        const Node node = list->element(i);
        const auto kind = node.text();
        if (!kind) continue;
        if (!is_name(*kind))
            node.problem("is no kind of an event", "write one as in \"session.ended\"");
        else if (std::find(events.begin(), events.end(), *kind) != events.end())
            node.problem("is there twice", "keep one of them");
        else
            events.push_back(*kind);
    }
}

Webhook read_webhook(const Node& node, const std::filesystem::path& folder,
                     const std::vector<Webhook>& before) {
    Webhook hook;
    const Section section(node, {"name", "url", "events", "secretFile", "caFile", "timeout",
                                 "maxAge", "concurrency"});
    if (!section.present()) return hook;
    if (const auto name = node.required("name"))
        if (const auto text = name->text()) {
            const auto twin = std::find_if(before.begin(), before.end(), [&](const Webhook& other) {
                return other.name == *text;
            });
            if (!is_name(*text))
                name->problem("is no name", std::string(name_remedy));
            else if (twin != before.end())
                name->problem("is another webhook's name too",
                              "give each its own: messages that wait are kept under it");
            else
                hook.name = *text;
        }
    if (const auto url = node.required("url")) read_url(*url, hook.url, url_remedy);
    read_events(section, hook.events);
    section.optional_path("secretFile", hook.secret_file, folder);
    section.optional_path("caFile", hook.ca_file, folder);
    section.seconds("timeout", hook.timeout, 0.1, 300);
    section.seconds("maxAge", hook.max_age, 60, 365 * 86400);
    section.count("concurrency", hook.concurrency, 1, 256);
    return hook;
}

void read_webhooks(const Node& root, const std::filesystem::path& folder,
                   std::vector<Webhook>& webhooks) {
    const auto list = root.member("webhooks");
    if (!list || !list->array()) return;
    if (list->size() > most_entries) {
        list->problem("has more than 100 webhooks", "let one service pass them on");
        return;
    }
    for (std::size_t i = 0; i < list->size(); ++i)
        webhooks.push_back(read_webhook(list->element(i), folder, webhooks));
}

// What stands before the first placeholder has to hold the whole host: a device must not choose
// whom the daemon talks to.
void read_url_template(const Node& node, std::string& url) {
    constexpr std::string_view remedy =
        "write one as in \"https://dm.example.com/clients/${endpoint}/1/${serverInstance}/9\"";
    const auto text = node.text();
    if (!text) return;
    const auto parsed = wire::TextTemplate::from(*text, {"endpoint", "serverInstance"});
    if (!parsed) {
        node.problem(parsed.error(), std::string(remedy));
        return;
    }
    const std::string example = parsed->expand([](std::string_view) { return "1"; });
    const auto checked = wire::HttpUrl::from(example);
    const auto authority = parsed->beginning().find("://");
    if (!checked)
        node.problem(checked.error(), std::string(remedy));
    else if (authority == std::string_view::npos ||
             (parsed->beginning().find_first_of("/?", authority + 3) == std::string_view::npos &&
              parsed->beginning().size() != example.size()))
        node.problem("has a placeholder before its path", std::string(remedy));
    else
        url = *text;
}

void read_body(const Node& node, std::string& body) {
    const auto text = node.text();
    if (!text) return;
    const auto parsed = wire::TextTemplate::from(*text, {"endpoint", "serverInstance"});
    if (!parsed)
        node.problem(parsed.error(), "name what is known, or write \"$${\" for a plain \"${\"");
    else
        body = *text;
}

std::string lower(std::string text) {
    for (char& octet : text)
        if (octet >= 'A' && octet <= 'Z') octet = static_cast<char>(octet - 'A' + 'a');
    return text;
}

void read_header(const Node& node, const std::string& name, LwM2mServer& server) {
    constexpr std::string_view token =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";
    constexpr std::array<std::string_view, 6> ours = {
        "host", "content-length", "connection", "transfer-encoding", "expect", "upgrade"};
    constexpr std::array<std::string_view, 3> secret = {"authorization", "proxy-authorization",
                                                        "cookie"};
    const auto value = node.text();
    if (!value) return;
    const std::string plain = lower(name);
    const bool bad = std::any_of(value->begin(), value->end(), [](char octet) {
        return static_cast<unsigned char>(octet) < 0x20 || octet == '\x7f';
    });
    if (name.empty() || name.find_first_not_of(token) != std::string::npos)
        node.problem("is no name of a header", "write one as in \"Content-Type\"");
    else if (std::find(ours.begin(), ours.end(), plain) != ours.end())
        node.problem("is a header that the daemon sets itself", "leave it out");
    else if (std::find(secret.begin(), secret.end(), plain) != secret.end())
        node.problem("is a secret in a settings file",
                     "put the bearer token into a file and name that in \"tokenFile\"");
    else if (bad)
        node.problem("has a control character in it", "write it on one line");
    else if (value->find("${") != std::string::npos)
        node.problem("has a placeholder, which a header cannot have",
                     "use them in \"url\" and in \"body\"");
    else
        server.headers.emplace_back(name, *value);
}

void read_headers(const Section& section, LwM2mServer& server) {
    const auto headers = section.member("headers");
    if (!headers || !headers->object()) return;
    if (headers->size() > most_headers) {
        headers->problem("has more than 32 headers", "leave out what is not needed");
        return;
    }
    for (const std::string& name : headers->keys())
        if (const auto node = headers->member(name)) read_header(*node, name, server);
}

LwM2mServer read_server(const Node& node, const std::filesystem::path& folder) {
    LwM2mServer server;
    const Section section(node, {"preset", "url", "method", "headers", "body", "tokenFile",
                                 "caFile", "timeout", "concurrency"});
    if (!section.present()) return server;
    const auto preset = section.member("preset");
    if (preset && !preset->is_null()) {
        if (const auto index = preset->choice(presets)) server.preset = presets[*index];
        for (const std::string_view key : {"method", "headers", "body"})
            if (const auto member = section.member(key))
                member->problem("does not go with a preset, which brings its own",
                                "leave it out, or leave out \"preset\"");
        if (const auto url = node.required("url")) {
            constexpr std::string_view remedy =
                "write where its API is, as in \"http://127.0.0.1:8080\"";
            read_url(*url, server.url, remedy);
            if (server.url.find('?') != std::string::npos)
                url->problem("has a query", std::string(remedy));
        }
    } else {
        if (const auto url = node.required("url")) read_url_template(*url, server.url);
        if (const auto method = section.member("method"))
            if (const auto index = method->choice(methods)) server.method = methods[*index];
        read_headers(section, server);
        if (const auto body = section.member("body")) read_body(*body, server.body);
    }
    section.optional_path("tokenFile", server.token_file, folder);
    section.optional_path("caFile", server.ca_file, folder);
    section.seconds("timeout", server.timeout, 0.1, 300);
    section.count("concurrency", server.concurrency, 1, 256);
    return server;
}

void read_servers(const Node& root, const std::filesystem::path& folder,
                  std::vector<LwM2mServer>& servers) {
    const auto all = root.member("lwm2mServers");
    if (!all || !all->object()) return;
    if (all->size() > most_entries) {
        all->problem("has more than 100 servers", "let one service pass the requests on");
        return;
    }
    for (const std::string& name : all->keys()) {
        const auto node = all->member(name);
        if (!node) continue;
        if (!is_name(name)) node->problem("has a name that is none", std::string(name_remedy));
        servers.push_back(read_server(*node, folder));
        servers.back().name = name;
    }
}

// Keys never cross a network in clear.
bool stays_here(const wire::HttpUrl& url) {
    const auto address = wire::IpAddress::from(url.host);
    return url.host == "localhost" || (address && address->is_loopback());
}

KeyShare read_key_share(const Node& node, const std::filesystem::path& folder) {
    constexpr std::string_view remedy =
        "write one as in \"https://dm.example.com/keys\"; http is for this machine alone";
    KeyShare share;
    const Section section(node, {"url", "secretFile", "caFile", "timeout", "attempts"});
    if (!section.present()) return share;
    if (const auto url = node.required("url")) {
        read_url(*url, share.url, remedy);
        const auto parsed = wire::HttpUrl::from(share.url);
        if (parsed && !parsed->secure && !stays_here(*parsed))
            url->problem("would carry keys in clear", std::string(remedy));
    }
    if (node.required("secretFile")) section.path("secretFile", share.secret_file, folder);
    section.optional_path("caFile", share.ca_file, folder);
    section.seconds("timeout", share.timeout, 0.1, 20);
    section.count("attempts", share.attempts, 1, 10);
    return share;
}

void read_key_shares(const Node& root, const std::filesystem::path& folder,
                     std::vector<KeyShare>& shares) {
    const auto all = root.member("keyShares");
    if (!all || !all->object()) return;
    if (all->size() > most_entries) {
        all->problem("has more than 100 entries", "let one service pass the keys on");
        return;
    }
    for (const std::string& name : all->keys()) {
        const auto node = all->member(name);
        if (!node) continue;
        if (!is_name(name)) node->problem("has a name that is none", std::string(name_remedy));
        shares.push_back(read_key_share(*node, folder));
        shares.back().name = name;
    }
}

nlohmann::ordered_json path_or_null(const std::filesystem::path& path) {
    if (path.empty()) return nullptr;
    return path.string();
}

}  // namespace

void read_outbound(const Node& root, const std::filesystem::path& folder, Outbound& outbound) {
    read_webhooks(root, folder, outbound.webhooks);
    read_servers(root, folder, outbound.servers);
    read_key_shares(root, folder, outbound.key_shares);
}

void print_outbound(const Outbound& outbound, nlohmann::ordered_json& root) {
    auto& webhooks = root["webhooks"] = nlohmann::ordered_json::array();
    for (const Webhook& hook : outbound.webhooks)
        webhooks.push_back({{"name", hook.name},
                            {"url", hook.url},
                            {"events", hook.events},
                            {"secretFile", path_or_null(hook.secret_file)},
                            {"caFile", path_or_null(hook.ca_file)},
                            {"timeout", hook.timeout},
                            {"maxAge", hook.max_age},
                            {"concurrency", hook.concurrency}});
    auto& servers = root["lwm2mServers"] = nlohmann::ordered_json::object();
    for (const LwM2mServer& server : outbound.servers) {
        auto& json = servers[server.name] = nlohmann::ordered_json::object();
        if (!server.preset.empty()) json["preset"] = server.preset;
        json["url"] = server.url;
        if (server.preset.empty()) {
            json["method"] = server.method;
            auto& headers = json["headers"] = nlohmann::ordered_json::object();
            for (const auto& [name, value] : server.headers) headers[name] = value;
            json["body"] = server.body;
        }
        json["tokenFile"] = path_or_null(server.token_file);
        json["caFile"] = path_or_null(server.ca_file);
        json["timeout"] = server.timeout;
        json["concurrency"] = server.concurrency;
    }
    auto& shares = root["keyShares"] = nlohmann::ordered_json::object();
    for (const KeyShare& share : outbound.key_shares)
        shares[share.name] = {{"url", share.url},
                              {"secretFile", share.secret_file.string()},
                              {"caFile", path_or_null(share.ca_file)},
                              {"timeout", share.timeout},
                              {"attempts", share.attempts}};
}

}  // namespace config
