#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "config/document/document.h"

namespace config {

// "store": where devices, sessions and triggers are kept. Ages are seconds.
struct Store {
    std::filesystem::path sqlite;  // empty (null): in memory, forgotten when the daemon ends
    // Of 32 octets or 64 hexadecimal digits. Empty: the systemd credential "master-key" where there
    // is one, else a file beside the database, made with it.
    std::filesystem::path master_key;
    std::vector<std::filesystem::path> old_master_keys;  // what they wrapped is wrapped anew
    struct Retention {
        double sessions_age = 30 * 86400;
        std::uint64_t sessions = 1'000'000;
        std::uint64_t refusals = 10'000;
        double audit_age = 365 * 86400;
        double events_age = 7 * 86400;
        double answers_age = 86400;
        std::uint64_t deliveries = 1'000'000;
        friend bool operator==(const Retention&, const Retention&) = default;
    } retention;
    friend bool operator==(const Store&, const Store&) = default;
};

void read_store(const document::Node& root, const std::filesystem::path& folder, Store&);
nlohmann::ordered_json store_json(const Store&);

// A path of a secret that starts with this names a systemd credential instead of a file.
inline constexpr std::string_view credential_prefix = "credential:";

}  // namespace config
