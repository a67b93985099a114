#include "config/http_settings.h"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "config/section.h"

namespace config {
namespace {

using document::Node;
using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 2> authentications = {"none", "required"};
constexpr std::array<std::string_view, 4> all_roles = {"attach", "read", "provision", "admin"};
constexpr std::size_t longest_name = 64;
constexpr std::size_t longest_subject = 256;
constexpr std::size_t most_entries = 10'000;

// A list of roles, at least one.
void read_roles(const Node& list, std::vector<std::string>& roles) {
    roles.clear();
    if (!list.array()) return;
    if (list.size() == 0)
        list.problem("is empty",
                     "name at least one of \"attach\", \"read\", \"provision\", \"admin\"");
    for (std::size_t i = 0; i < list.size(); ++i) {
        const Node node = list.element(i);
        const auto index = node.choice(all_roles);
        if (!index) continue;
        if (std::find(roles.begin(), roles.end(), all_roles[*index]) != roles.end())
            node.problem("is there twice", "keep one of them");
        else
            roles.emplace_back(all_roles[*index]);
    }
}

// It appears in the audit log and in the journal.
void read_name(const Node& entry, std::string& name, std::vector<std::string>& seen) {
    const auto node = entry.required("name");
    const auto text = node ? node->text() : std::nullopt;
    if (!text) return;
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.@";
    if (text->empty() || text->size() > longest_name ||
        text->find_first_not_of(allowed) != std::string::npos)
        node->problem("is no name", "write up to " + std::to_string(longest_name) +
                                        " letters, digits and -, _, ., @");
    else if (std::find(seen.begin(), seen.end(), *text) != seen.end())
        node->problem("is the name of another one", "give each its own");
    else
        seen.push_back(name = *text);
}

void read_sha256(const Node& node, std::string_view of, std::string& sha256,
                 std::vector<std::string>& seen) {
    auto text = node.text();
    if (!text) return;
    for (char& c : *text)
        if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    if (text->size() != 64 || text->find_first_not_of("0123456789abcdef") != std::string::npos)
        node.problem("is no SHA-256",
                     "write 64 hexadecimal digits, the SHA-256 of " + std::string(of));
    else if (std::find(seen.begin(), seen.end(), *text) != seen.end())
        node.problem("is that of another one", "keep one of them");
    else
        seen.push_back(sha256 = *text);
}

void read_entry_roles(const Node& entry, std::vector<std::string>& roles) {
    if (const auto list = entry.required("roles")) read_roles(*list, roles);
}

// Calls it for every object of a list.
template <class F>
void for_each_entry(const Section& section, std::string_view key, F read) {
    const auto list = section.member(key);
    if (!list || !list->array()) return;
    if (list->size() > most_entries) {
        list->problem("is too long", "write at most " + std::to_string(most_entries));
        return;
    }
    for (std::size_t i = 0; i < list->size(); ++i) read(list->element(i));
}

void read_tokens(const Section& section, std::vector<Http::Token>& tokens) {
    std::vector<std::string> names, digests;
    for_each_entry(section, "tokens", [&](const Node& entry) {
        if (!entry.object({"name", "roles", "sha256"})) return;
        Http::Token token;
        read_name(entry, token.name, names);
        read_entry_roles(entry, token.roles);
        if (const auto node = entry.required("sha256"))
            read_sha256(*node, "the token, as in `printf %s TOKEN | sha256sum`", token.sha256,
                        digests);
        tokens.push_back(std::move(token));
    });
}

void read_certificates(const Section& section, std::vector<Http::Certificate>& certificates) {
    std::vector<std::string> names, digests, subjects;
    for_each_entry(section, "certificates", [&](const Node& entry) {
        if (!entry.object({"name", "roles", "subject", "sha256"})) return;
        Http::Certificate certificate;
        read_name(entry, certificate.name, names);
        read_entry_roles(entry, certificate.roles);
        const auto subject = entry.member("subject");
        const auto sha256 = entry.member("sha256");
        if (subject.has_value() == sha256.has_value()) {
            entry.problem(subject ? "has a subject and a SHA-256" : "says not which certificate",
                          "write \"subject\" (its common name) or \"sha256\" (of its DER)");
        } else if (sha256) {
            read_sha256(*sha256, "the certificate's DER", certificate.sha256, digests);
        } else if (auto text = subject->text()) {
            if (text->empty() || text->size() > longest_subject ||
                text->find('\0') != std::string::npos)
                subject->problem("is no common name", "write that of the certificate's subject");
            else if (std::find(subjects.begin(), subjects.end(), *text) != subjects.end())
                subject->problem("is that of another one", "keep one of them");
            else
                subjects.push_back(certificate.subject = *text);
        }
        certificates.push_back(std::move(certificate));
    });
}

void read_tls(const Section& http, const std::filesystem::path& folder,
              std::optional<Http::Tls>& tls) {
    const auto node = http.member("tls");
    if (!node || node->is_null()) return;
    const Section section(*node, {"certificate", "key", "clientCa"});
    if (!section.present()) return;
    tls.emplace();
    if (node->required("certificate")) section.path("certificate", tls->certificate, folder);
    if (node->required("key")) section.path("key", tls->key, folder);
    section.optional_path("clientCa", tls->client_ca, folder);
}

// What is wrong with the parts together: nobody is to be let in unseen, nor locked out unawares.
void check(const Node& root, const Section& section, const std::vector<Address>& listen,
           const Http& http) {
    const bool required = http.authentication == "required";
    for (const Address& address : listen) {
        if (address.address.ip.is_loopback()) continue;
        if (!required)
            root.problem_at(address.pointer,
                            "is not a loopback address, and there is no authentication",
                            "write 127.0.0.1 or [::1], use \"socket\", or set \"authentication\" "
                            "to \"required\" and give \"tls\"");
        else if (!http.tls)
            root.problem_at(address.pointer, "is not a loopback address, and there is no TLS",
                            "write 127.0.0.1 or [::1], or give \"tls\" its certificate and key");
    }
    if (required && !listen.empty() && http.tokens.empty() && http.certificates.empty())
        root.problem_at("/http/authentication", "is required, and nobody is known",
                        "give \"tokens\" or \"certificates\", or leave \"listen\" out and use "
                        "\"socket\"");
    if (!http.certificates.empty() && (!http.tls || http.tls->client_ca.empty()))
        section.node()->problem_at("/certificates", "need somebody who vouches for them",
                                   "name the CA's certificates in \"tls\", \"clientCa\"");
}

}  // namespace

void read_http(const Node& root, const std::filesystem::path& folder, Http& http) {
    const Section section(
        root, "http",
        {"listen", "authentication", "tls", "tokens", "certificates", "socket", "socketRoles",
         "maxBody", "maxImport", "maxHeader", "maxConnections", "eventSubscribers", "idleTimeout"});
    std::vector<Address> tcp;
    http.listen = addresses(section, "listen", tcp);
    if (const auto node = section.member("authentication"))
        if (const auto index = node->choice(authentications))
            http.authentication = authentications[*index];
    read_tls(section, folder, http.tls);
    read_tokens(section, http.tokens);
    read_certificates(section, http.certificates);
    section.optional_path("socket", http.socket, folder);
    if (const auto list = section.member("socketRoles")) read_roles(*list, http.socket_roles);
    constexpr std::int64_t mebi = 1024 * 1024;
    section.count("maxBody", http.max_body, 1024, 1024 * mebi);
    section.count("maxImport", http.max_import, 1024, mebi * mebi);
    section.count("maxHeader", http.max_header, 1024, mebi);
    section.count("maxConnections", http.max_connections, 1, 100000);
    section.count("eventSubscribers", http.event_subscribers, 0, 10000);
    section.seconds("idleTimeout", http.idle_timeout, 0.1, 86400);
    check(root, section, tcp, http);
}

nlohmann::ordered_json http_json(const Http& http) {
    const auto path_or_null = [](const std::filesystem::path& path) {
        return path.empty() ? Json() : Json(path.string());
    };
    Json tls;
    if (http.tls)
        tls = {{"certificate", http.tls->certificate.string()},
               {"key", http.tls->key.string()},
               {"clientCa", path_or_null(http.tls->client_ca)}};
    Json tokens = Json::array();
    for (const Http::Token& token : http.tokens)
        tokens.push_back({{"name", token.name}, {"roles", token.roles}, {"sha256", token.sha256}});
    Json certificates = Json::array();
    for (const Http::Certificate& certificate : http.certificates) {
        Json entry = {{"name", certificate.name}, {"roles", certificate.roles}};
        if (certificate.subject.empty())
            entry["sha256"] = certificate.sha256;
        else
            entry["subject"] = certificate.subject;
        certificates.push_back(std::move(entry));
    }
    return {{"listen", http.listen},
            {"authentication", http.authentication},
            {"tls", std::move(tls)},
            {"tokens", std::move(tokens)},
            {"certificates", std::move(certificates)},
            {"socket", path_or_null(http.socket)},
            {"socketRoles", http.socket_roles},
            {"maxBody", http.max_body},
            {"maxImport", http.max_import},
            {"maxHeader", http.max_header},
            {"maxConnections", http.max_connections},
            {"eventSubscribers", http.event_subscribers},
            {"idleTimeout", http.idle_timeout}};
}

void http_needs_restart(const Http& running, const Http& wanted,
                        std::vector<std::string>& changed) {
    const auto compare = [&](std::string_view pointer, const auto& from, const auto& to) {
        if (from != to) changed.emplace_back(pointer);
    };
    compare("/http/listen", running.listen, wanted.listen);
    compare("/http/socket", running.socket, wanted.socket);
    compare("/http/maxBody", running.max_body, wanted.max_body);
    compare("/http/maxImport", running.max_import, wanted.max_import);
    compare("/http/maxHeader", running.max_header, wanted.max_header);
    compare("/http/maxConnections", running.max_connections, wanted.max_connections);
    compare("/http/eventSubscribers", running.event_subscribers, wanted.event_subscribers);
    compare("/http/idleTimeout", running.idle_timeout, wanted.idle_timeout);
}

}  // namespace config
