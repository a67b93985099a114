#include "config/fleet_settings.h"

#include <array>
#include <string_view>

#include <nlohmann/json.hpp>

#include "config/section.h"

namespace config {
namespace {

using document::Node;

constexpr std::array<std::string_view, 2> credentials = {"x509", "nosec"};
constexpr std::size_t most_entries = 1000;

void read_pattern(const Section& section, std::string& pattern) {
    const auto node = section.member("endpoint");
    if (!node) return;
    const auto text = node->text();
    if (!text) return;
    if (text->empty() || text->size() > 255)
        node->problem("is no pattern of endpoint names",
                      "write one as in \"urn:dev:mac:*\", of 255 octets at most");
    else
        pattern = *text;
}

void read_profile(const Node& node, std::string& profile) {
    const auto member = node.required("profile");
    if (!member) return;
    const auto text = member->text();
    if (text && text->empty())
        member->problem("is no profile's name", "write the name of one");
    else if (text)
        profile = *text;
}

Fleet::Psk read_psk(const Node& node, const std::filesystem::path& folder) {
    Fleet::Psk psk;
    const Section section(node, {"masterKey", "profile", "endpoint"});
    if (!section.present()) return psk;
    if (node.required("masterKey")) section.path("masterKey", psk.master_key, folder);
    read_profile(node, psk.profile);
    read_pattern(section, psk.endpoint);
    return psk;
}

Fleet::Rule read_rule(const Node& node, bool has_authorities) {
    Fleet::Rule rule;
    const Section section(node, {"endpoint", "issuer", "profile", "credentials"});
    if (!section.present()) return rule;
    read_pattern(section, rule.endpoint);
    read_profile(node, rule.profile);
    const auto issuer = section.member("issuer");
    if (issuer) {
        const auto text = issuer->text();
        if (text && text->find('=') == std::string::npos)
            issuer->problem("is no name of an issuer",
                            "write it as RFC 2253 does, as in \"CN=Factory CA,O=Example\"");
        else if (text)
            rule.issuer = *text;
    }
    const auto kind = section.member("credentials");
    if (kind)
        if (const auto index = kind->choice(credentials))
            rule.credentials = static_cast<Fleet::Rule::Credentials>(*index);
    if (!issuer && !section.member("endpoint"))
        node.problem("fits every device", "write \"endpoint\" (\"*\" for all) or \"issuer\"");
    if (rule.credentials == Fleet::Rule::Credentials::nosec) {
        if (issuer)
            issuer->problem("is not known of a device without credentials",
                            "leave it out, or write \"credentials\": \"x509\"");
    } else if (!has_authorities) {
        node.problem("takes certificates, and there is no CA to verify them",
                     "name the CAs in /dtls/clients/ca");
    }
    return rule;
}

}  // namespace

void read_fleet(const Node& root, const std::filesystem::path& folder, bool has_authorities,
                Fleet& fleet) {
    const Section section(root, "fleet", {"psk", "rules"});
    if (const auto psk = section.member("psk")) {
        if (!psk->is_array()) {
            fleet.psk.push_back(read_psk(*psk, folder));
        } else if (psk->size() > most_entries) {
            psk->problem("has more than 1000 entries", "let one pattern stand for several");
        } else {
            for (std::size_t i = 0; i < psk->size(); ++i)
                fleet.psk.push_back(read_psk(psk->element(i), folder));
        }
    }
    const auto rules = section.member("rules");
    if (!rules || !rules->array()) return;
    if (rules->size() > most_entries) {
        rules->problem("has more than 1000 rules", "let one pattern stand for several");
        return;
    }
    for (std::size_t i = 0; i < rules->size(); ++i)
        fleet.rules.push_back(read_rule(rules->element(i), has_authorities));
}

nlohmann::ordered_json fleet_json(const Fleet& fleet) {
    nlohmann::ordered_json json;
    auto& psk = json["psk"] = nlohmann::ordered_json::array();
    for (const Fleet::Psk& one : fleet.psk)
        psk.push_back({{"masterKey", one.master_key.string()},
                       {"profile", one.profile},
                       {"endpoint", one.endpoint}});
    auto& rules = json["rules"] = nlohmann::ordered_json::array();
    for (const Fleet::Rule& rule : fleet.rules) {
        auto& one = rules.emplace_back();
        one["endpoint"] = rule.endpoint;
        if (!rule.issuer.empty()) one["issuer"] = rule.issuer;
        one["profile"] = rule.profile;
        one["credentials"] = credentials[static_cast<std::size_t>(rule.credentials)];
    }
    return json;
}

}  // namespace config
