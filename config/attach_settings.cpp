#include "config/attach_settings.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "config/section.h"
#include "server/wire/address_prefix.h"

namespace config {
namespace {

using document::Node;
using RadiusClient = Attach::RadiusClient;

constexpr std::size_t max_clients = 10'000;
constexpr std::size_t max_mappings = 1'000;

// Names stand in paths, logs and the sources of events.
bool is_name(std::string_view text) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    return !text.empty() && text.size() <= 64 &&
           text.find_first_not_of(allowed) == std::string_view::npos;
}
constexpr const char* name_remedy = "write 1 to 64 letters, digits, \"-\", \"_\" or \".\"";

void read_name(const Node& client, const std::vector<RadiusClient>& before, std::string& name) {
    const auto node = client.required("name");
    const auto text = node ? node->text() : std::nullopt;
    if (!text) return;
    if (!is_name(*text))
        node->problem("is no name", name_remedy);
    else if (std::ranges::find(before, *text, &RadiusClient::name) != before.end())
        node->problem("is the name of another client too", "give each its own name");
    else
        name = *text;
}

void read_network(const Node& client, const std::vector<RadiusClient>& before,
                  std::string& address) {
    const auto node = client.required("address");
    const auto text = node ? node->text() : std::nullopt;
    if (!text) return;
    const auto prefix = wire::AddressPrefix::from(*text);
    const auto is_the_same = [&](const RadiusClient& other) {
        return wire::AddressPrefix::from(other.address) == prefix;
    };
    if (!prefix)
        node->problem("is no address and no network",
                      "write one as in \"192.0.2.7\", \"192.0.2.0/24\" or \"2001:db8::/32\"");
    else if (std::ranges::any_of(before, is_the_same))
        node->problem("is the network of another client too", "keep one of them");
    else
        address = *text;
}

void read_clients(const Section& radius, const std::filesystem::path& folder,
                  std::vector<RadiusClient>& clients) {
    const auto list = radius.member("clients");
    if (!list || !list->array()) return;
    if (list->size() > max_clients)
        return list->problem("are too many", "write at most " + std::to_string(max_clients) +
                                                 "; a network with one secret is one client");
    for (std::size_t i = 0; i < list->size(); ++i) {
        const Node node = list->element(i);
        const Section section(node,
                              {"name", "address", "secretFile", "requireMessageAuthenticator"});
        if (!section.present()) continue;
        RadiusClient client;
        read_name(node, clients, client.name);
        read_network(node, clients, client.address);
        if (node.required("secretFile")) section.path("secretFile", client.secret_file, folder);
        section.flag("requireMessageAuthenticator", client.require_message_authenticator);
        clients.push_back(std::move(client));
    }
}

void read_radius(const Node& attach, const std::filesystem::path& folder, Attach::Radius& radius) {
    const std::size_t before = attach.problem_count();
    const Section section(attach, "radius", {"listen", "clients"});
    if (!section.present()) return;
    std::vector<Address> udp;
    radius.listen = addresses(section, "listen", udp);
    read_clients(section, folder, radius.clients);
    if (attach.problem_count() != before || radius.listen.empty() == radius.clients.empty()) return;
    if (radius.listen.empty())
        section.node()->problem_at("/listen", "there is nothing to listen on",
                                   "name an address, as in [\"0.0.0.0:1813\"]");
    else
        section.node()->problem_at(
            "/clients", "there are none: nobody could send anything",
            "name the gateways, as in [{\"name\": \"core-1\", \"address\": \"192.0.2.0/24\", "
            "\"secretFile\": \"radius.secret\"}]");
}

void read_mappings(const Section& attach, std::shared_ptr<const nlohmann::json>& mappings) {
    const auto node = attach.member("mappings");
    if (!node || !node->object()) return;
    if (node->size() > max_mappings)
        return node->problem("are too many",
                             "write at most " + std::to_string(max_mappings) + " mappings");
    for (const std::string& name : node->keys()) {
        const Node mapping = *node->member(name);
        if (!is_name(name)) mapping.problem("has a name that is none", name_remedy);
        mapping.object();
    }
    if (node->size() > 0) mappings = std::make_shared<const nlohmann::json>(node->json());
}

}  // namespace

void read_attach(const Node& root, const std::filesystem::path& folder, Attach& attach) {
    const Section section(root, "attach",
                          {"rate", "concurrency", "strangers", "radius", "mappings"});
    if (!section.present()) return;
    section.count("rate", attach.rate, 1, 1'000'000);
    section.count("concurrency", attach.concurrency, 1, 100'000'000);
    section.count("strangers", attach.strangers, 0, 100'000'000);
    read_radius(*section.node(), folder, attach.radius);
    read_mappings(section, attach.mappings);
}

nlohmann::ordered_json attach_json(const Attach& attach) {
    auto clients = nlohmann::ordered_json::array();
    for (const RadiusClient& client : attach.radius.clients)
        clients.push_back({{"name", client.name},
                           {"address", client.address},
                           {"secretFile", client.secret_file.string()},
                           {"requireMessageAuthenticator", client.require_message_authenticator}});
    auto mappings = nlohmann::ordered_json::object();
    if (attach.mappings)
        for (const auto& [name, mapping] : attach.mappings->items()) mappings[name] = mapping;
    return {{"rate", attach.rate},
            {"concurrency", attach.concurrency},
            {"strangers", attach.strangers},
            {"radius", {{"listen", attach.radius.listen}, {"clients", std::move(clients)}}},
            {"mappings", std::move(mappings)}};
}

std::vector<std::string> attach_needs_restart(const Attach& running, const Attach& wanted) {
    std::vector<std::string> changed;
    // The store was told when it was opened.
    if (running.strangers != wanted.strangers) changed.emplace_back("/attach/strangers");
    if (running.radius.listen != wanted.radius.listen)
        changed.emplace_back("/attach/radius/listen");
    return changed;
}

}  // namespace config
