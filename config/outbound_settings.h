#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "config/document/document.h"

// Whom the daemon sends HTTP requests to: "webhooks", "lwm2mServers" and "keyShares". All of it can
// change without a restart. Secrets are in files, of which the paths are kept here.
namespace config {

struct Webhook {
    std::string name;
    std::string url;
    std::vector<std::string> events;    // "session.ended"; none: all
    std::filesystem::path secret_file;  // signs what is sent; empty: unsigned
    std::filesystem::path ca_file;      // empty: the system's
    double timeout = 10;
    double max_age = 3 * 86400;  // a message older than this is dropped
    std::size_t concurrency = 8;
    friend bool operator==(const Webhook&, const Webhook&) = default;
};

// How to ask a LwM2M Server to execute /1/x/9 (Bootstrap-Request Trigger) on a device.
struct LwM2mServer {
    std::string name;
    std::string preset;  // "leshan"; empty: what follows
    std::string url;     // of a preset: where its API is; else with placeholders in its path
    std::string method = "POST";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;                  // with placeholders
    std::filesystem::path token_file;  // a bearer token; empty: none
    std::filesystem::path ca_file;
    double timeout = 10;
    std::size_t concurrency = 16;
    friend bool operator==(const LwM2mServer&, const LwM2mServer&) = default;
};

// Who is told of the keys that are made for a device and its LwM2M Server, before the device is.
struct KeyShare {
    std::string name;
    std::string url;                    // https, or http to this machine
    std::filesystem::path secret_file;  // signs what is sent
    std::filesystem::path ca_file;      // empty: the system's
    double timeout = 10;                // of one attempt
    unsigned attempts = 3;
    friend bool operator==(const KeyShare&, const KeyShare&) = default;
};

struct Outbound {
    std::vector<Webhook> webhooks;
    std::vector<LwM2mServer> servers;  // by name
    std::vector<KeyShare> key_shares;  // by name
    friend bool operator==(const Outbound&, const Outbound&) = default;
};

// All three keys of the settings' root; relative paths start at `folder`.
void read_outbound(const document::Node& root, const std::filesystem::path& folder, Outbound&);
// The same keys, every key within with its value.
void print_outbound(const Outbound&, nlohmann::ordered_json& root);

}  // namespace config
