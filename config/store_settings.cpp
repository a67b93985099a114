#include "config/store_settings.h"

#include <nlohmann/json.hpp>

#include "config/section.h"

namespace config {
namespace {

void read_retention(const document::Node& store, Store::Retention& retention) {
    const Section section(store, "retention",
                          {"sessionsAge", "sessions", "refusals", "auditAge", "eventsAge",
                           "answersAge", "deliveries"});
    constexpr double shortest = 60;
    constexpr double longest = 100.0 * 365 * 86400;
    constexpr std::int64_t most = 1'000'000'000;
    section.seconds("sessionsAge", retention.sessions_age, shortest, longest);
    section.count("sessions", retention.sessions, 1, most);
    section.count("refusals", retention.refusals, 0, most);
    section.seconds("auditAge", retention.audit_age, shortest, longest);
    section.seconds("eventsAge", retention.events_age, shortest, longest);
    section.seconds("answersAge", retention.answers_age, shortest, longest);
    section.count("deliveries", retention.deliveries, 1, most);
}

}  // namespace

void read_store(const document::Node& root, const std::filesystem::path& folder, Store& store) {
    const Section section(root, "store", {"sqlite", "masterKey", "oldMasterKeys", "retention"});
    section.optional_path("sqlite", store.sqlite, folder);
    section.optional_path("masterKey", store.master_key, folder);
    section.paths("oldMasterKeys", store.old_master_keys, folder);
    if (store.sqlite.empty() && !store.master_key.empty())
        section.node()->problem_at("/masterKey", "has nothing to protect: \"sqlite\" is null",
                                   "name a database file, or leave this out");
    if (section.present()) read_retention(*section.node(), store.retention);
}

nlohmann::ordered_json store_json(const Store& store) {
    const auto path_or_null = [](const std::filesystem::path& path) {
        return path.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(path.string());
    };
    auto old = nlohmann::ordered_json::array();
    for (const auto& path : store.old_master_keys) old.push_back(path.string());
    const Store::Retention& kept = store.retention;
    return {{"sqlite", path_or_null(store.sqlite)},
            {"masterKey", path_or_null(store.master_key)},
            {"oldMasterKeys", std::move(old)},
            {"retention",
             {{"sessionsAge", kept.sessions_age},
              {"sessions", kept.sessions},
              {"refusals", kept.refusals},
              {"auditAge", kept.audit_age},
              {"eventsAge", kept.events_age},
              {"answersAge", kept.answers_age},
              {"deliveries", kept.deliveries}}}};
}

}  // namespace config
