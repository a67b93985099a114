#include "provisioning/device_document.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "provisioning/octets.h"

namespace provisioning {
namespace {

using Json = nlohmann::ordered_json;

std::string_view word_of(Reach::Mode mode) {
    switch (mode) {
        case Reach::Mode::automatic:
            return "auto";
        case Reach::Mode::association:
            return "association";
        case Reach::Mode::unsecured:
            return "unsecured";
        case Reach::Mode::dial:
            return "dial";
        case Reach::Mode::wait:
            return "wait";
        case Reach::Mode::server:
            return "server";
    }
    return "auto";
}

Json identifiers_of(const Identifiers& identifiers) {
    Json out = Json::object();
    const auto add = [&](const char* key, const std::optional<std::string>& value) {
        if (value) out[key] = *value;
    };
    add("imsi", identifiers.imsi);
    add("imei", identifiers.imei);
    add("iccid", identifiers.iccid);
    add("msisdn", identifiers.msisdn);
    add("externalId", identifiers.external_id);
    return out;
}

Json reach_of(const Reach& reach) {
    Json out = Json::object();
    if (reach.mode != Reach::Mode::automatic) out["mode"] = word_of(reach.mode);
    if (reach.port) out["port"] = *reach.port;
    if (reach.address) out["address"] = reach.address->to_string();
    if (reach.source) out["source"] = reach.source->to_string();
    return out;
}

Json fingerprints_of(const std::vector<crypto::Sha256>& fingerprints) {
    Json all = Json::array();
    for (const auto& each : fingerprints) all.push_back(wire::to_hex(each));
    return all.size() == 1 ? all.front() : all;
}

// Nothing of it is secret.
Json x509_of(const X509Credential& x509) {
    Json out = Json::object();
    if (x509.ca) out["ca"] = true;
    if (!x509.certificates.empty()) out["certificateSha256"] = fingerprints_of(x509.certificates);
    if (!x509.keys.empty()) out["keySha256"] = fingerprints_of(x509.keys);
    return out;
}

// A text of a document that held a secret.
void wipe(std::string& text) {
    model::wipe(text.data(), text.size());
    text.clear();
}

void wipe_texts(nlohmann::json& document) {
    if (document.is_string()) {
        wipe(document.get_ref<std::string&>());
    } else if (document.is_structured()) {
        for (auto& each : document) wipe_texts(each);
    }
}

}  // namespace

Json open_document(const Device& device) {
    Json out;
    out["endpoint"] = device.endpoint.text();
    out["profile"] = device.profile;
    if (Json identifiers = identifiers_of(device.identifiers); !identifiers.empty())
        out["identifiers"] = std::move(identifiers);
    Json credentials = Json::object();
    if (const auto& psk = device.credentials.psk)
        credentials["psk"] = {{"identity", identity_text(psk->identity)}, {"key", nullptr}};
    if (const auto& x509 = device.credentials.x509) credentials["x509"] = x509_of(*x509);
    if (const auto& rpk = device.credentials.rpk)
        credentials["rpk"]["publicKey"] = wire::to_hex(rpk->public_key);
    if (device.credentials.nosec) credentials["nosec"] = true;
    out["credentials"] = std::move(credentials);
    if (Json reach = reach_of(device.reach); !reach.empty()) out["reach"] = std::move(reach);
    if (!device.variables.empty())
        for (const auto& [name, value] : device.variables) out["variables"][name] = nullptr;
    if (!device.purge.empty()) out["bootstrapAccount"]["purge"] = device.purge;
    return out;
}

model::Secret secrets_of(const Device& device) {
    nlohmann::json secrets = nlohmann::json::object();
    if (const auto& psk = device.credentials.psk) secrets["key"] = wire::to_hex(psk->key.reveal());
    for (const auto& [name, value] : device.variables) secrets["variables"][name] = value;
    std::string text = secrets.dump();
    model::Secret secret(wire::as_bytes(text), model::Secret::Kind::text);
    wipe(text);
    wipe_texts(secrets);
    return secret;
}

std::optional<Device> join_document(std::string_view open, const model::Secret& secrets,
                                    std::string file) {
    nlohmann::json document = nlohmann::json::parse(open, nullptr, false);
    nlohmann::json hidden = nlohmann::json::parse(wire::as_text(secrets.reveal()), nullptr, false);
    if (!document.is_object() || !hidden.is_object()) return std::nullopt;
    if (const auto key = hidden.find("key"); key != hidden.end()) {
        const nlohmann::json::json_pointer place("/credentials/psk/key");
        if (!document.contains(place)) return std::nullopt;
        document[place] = *key;
    }
    if (const auto variables = hidden.find("variables"); variables != hidden.end())
        document["variables"] = *variables;
    document::Problems problems;
    auto device = parse_device(document::Node(document, "store", "", problems), file);
    wipe_texts(document);
    wipe_texts(hidden);
    if (!problems.empty()) return std::nullopt;
    return device;
}

std::optional<DeviceChange> parse_device_change(const document::Node& node, std::string_view file) {
    nlohmann::json document = node.json();
    bool keep_key = false;
    std::set<std::string> keep_variables;
    // Something that parse_device() takes stands for what is kept.
    const nlohmann::json::json_pointer key("/credentials/psk/key");
    if (document.is_object()) {
        if (document.contains(key) && document[key].is_null()) {
            keep_key = true;
            document[key] = "00";
        }
        if (const auto variables = document.find("variables");
            variables != document.end() && variables->is_object()) {
            for (auto each = variables->begin(); each != variables->end();) {
                if (each->is_null()) {
                    keep_variables.insert(each.key());
                    each = variables->erase(each);
                } else {
                    ++each;
                }
            }
        }
    }
    document::Problems problems;
    auto device = parse_device(document::Node(document, file, node.pointer(), problems), file);
    wipe_texts(document);
    for (document::Problem& problem : problems)
        node.problem_elsewhere(problem.pointer, std::move(problem.message),
                               std::move(problem.remedy));
    if (!device || !problems.empty()) return std::nullopt;
    if (keep_key) device->credentials.psk->key = {};
    return DeviceChange{std::move(*device), keep_key, std::move(keep_variables)};
}

std::variant<Device, std::string> apply(const DeviceChange& change, const Device* stored) {
    Device device = change.device;
    if (change.keep_key) {
        if (stored == nullptr || !stored->credentials.psk)
            return std::string("/credentials/psk/key");
        device.credentials.psk->key = stored->credentials.psk->key;
    }
    for (const std::string& name : change.keep_variables) {
        const auto* const values = stored == nullptr ? nullptr : &stored->variables;
        const auto found = values == nullptr ? decltype(values->end()){} : values->find(name);
        if (values == nullptr || found == values->end())
            return "/variables/" + document::escape_token(name);
        device.variables.emplace(name, found->second);
    }
    return device;
}

}  // namespace provisioning
