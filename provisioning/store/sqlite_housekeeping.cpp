#include <algorithm>
#include <array>

#include "provisioning/store/state_rows.h"

namespace store {
namespace {

constexpr std::int64_t chunk = 500;  // rows that one step touches
constexpr std::string_view own_context = "store:own secret";

// "wrapped:" and the key's id, as the schema's triggers write it.
std::string wrapped_name(const crypto::MasterKey::Id& id) {
    return "wrapped:" + wire::to_hex(id);
}

// Master keys that records wait to be wrapped by no more: by name, as "wrapped:…", with how many.
std::vector<std::pair<std::string, std::uint64_t>> others(const Reading& reading) {
    std::vector<std::pair<std::string, std::uint64_t>> found;
    const std::string ours = wrapped_name(reading.vault.first());
    auto rows = reading.db.query(
        "SELECT name, n FROM counts WHERE name > 'wrapped:' AND name < 'wrapped;' AND n > 0");
    while (rows.next())
        if (std::string name = rows.text(0); name != ours)
            found.emplace_back(std::move(name), static_cast<std::uint64_t>(rows.integer(1)));
    return found;
}

std::optional<std::string> refusal(const Vault& vault, const std::string& id,
                                   const std::string& what) {
    return what + " sealed with the master key " + id + ", and only " + vault.names() +
           " was given; name that key's file too";
}

std::optional<std::string> check_wrappings(const Reading& reading) {
    for (const auto& [name, count] : others(reading)) {
        const std::string id = name.substr(name.find(':') + 1);
        if (reading.vault.names().find(id) == std::string::npos)
            return refusal(reading.vault, id, std::to_string(count) + " of its records are");
    }
    return std::nullopt;
}

struct Aged {
    std::string_view statement;
    std::chrono::seconds age;
};

// Whether there is more of it.
bool drop_aged(Writing& writing, const Aged& aged) {
    const std::int64_t before = to_row(writing.now - aged.age);
    writing.db.run(aged.statement, {before, chunk});
    return writing.db.changes() == chunk;
}

struct Wrapped {
    std::int64_t id = 0;
    std::string name;
    wire::Bytes wrapped_key, state_key{};  // of a device's state; empty: it has none
};

bool rewrap_profiles(Writing& writing) {
    std::vector<Wrapped> found;
    {
        auto rows = writing.db.query(
            "SELECT rowid, name, wrapped FROM profiles"
            " WHERE substr(wrapped, 1, 8) <> ? LIMIT ?",
            {writing.vault.first(), chunk});
        while (rows.next()) found.push_back({rows.integer(0), rows.text(1), rows.octets(2)});
    }
    bool moved = false;
    for (const Wrapped& each : found) {
        const auto wrapped =
            writing.vault.rewrap(each.wrapped_key, profile_context(each.name), writing.random);
        if (!wrapped) continue;
        writing.db.run("UPDATE profiles SET wrapped = ? WHERE rowid = ?", {*wrapped, each.id});
        moved = true;
    }
    return moved && found.size() == static_cast<std::size_t>(chunk);
}

// Whether there are more devices behind `after`.
bool rewrap_devices(Writing& writing, std::int64_t& after) {
    std::vector<Wrapped> found;
    {
        auto rows = writing.db.query(
            "SELECT id, endpoint, wrapped, state_wrapped FROM devices"
            " LEFT JOIN device_state ON device = id WHERE id > ? ORDER BY id LIMIT ?",
            {after, chunk});
        while (rows.next())
            found.push_back({rows.integer(0), rows.text(1), rows.octets(2), rows.octets(3)});
    }
    // One that does not open is found when it is asked for.
    const auto rewrapped = [&](const wire::Bytes& key, const std::string& context) {
        const bool is_ours = key.empty() || crypto::wrapped_by({key, {}}) == writing.vault.first();
        return is_ours ? std::nullopt : writing.vault.rewrap(key, context, writing.random);
    };
    for (const Wrapped& each : found) {
        after = each.id;
        if (const auto key = rewrapped(each.wrapped_key, device_context(each.name)))
            writing.db.run("UPDATE devices SET wrapped = ? WHERE id = ?", {*key, each.id});
        if (const auto key = rewrapped(each.state_key, state_context(each.name)))
            writing.db.run("UPDATE device_state SET state_wrapped = ? WHERE device = ?",
                           {*key, each.id});
    }
    return found.size() == static_cast<std::size_t>(chunk);
}

}  // namespace

std::uint64_t wrapped_by_others(const Reading& reading) {
    std::uint64_t all = 0;
    for (const auto& [name, count] : others(reading)) all += count;
    return all;
}

std::optional<std::string> unlock(Writing& writing, Vault& vault) {
    Connection& db = writing.db;
    const std::string context(own_context);
    crypto::Sealed sealed;
    {
        auto rows = db.query(
            "SELECT name, value FROM meta WHERE name IN ('own_octets', 'own_wrapped')"
            " ORDER BY name");
        if (rows.next()) sealed.octets = rows.octets(1);
        if (rows.next()) sealed.wrapped_key = rows.octets(1);
    }
    if (db.failed()) return db.take_error().text;
    const bool is_new = sealed.octets.empty() && sealed.wrapped_key.empty();
    if (is_new) {
        wire::Bytes own(crypto::MasterKey::key_size);
        writing.random.fill(own);
        sealed = vault.seal(own, context, writing.random);
        model::wipe(own.data(), own.size());
    }
    const auto by = crypto::wrapped_by(sealed);
    if (by && !vault.has(*by)) return refusal(vault, wire::to_hex(*by), "is");
    auto own = vault.open(sealed, context);
    if (!own) return "is damaged: its own secret does not open; restore a backup";
    vault.adopt(std::move(*own));
    if (auto refused = check_wrappings(writing)) return refused;
    const bool is_old = by != vault.first();
    if (is_old)
        if (auto wrapped = vault.rewrap(sealed.wrapped_key, context, writing.random))
            sealed.wrapped_key = std::move(*wrapped);
    if (is_new || is_old)
        db.run("INSERT OR REPLACE INTO meta VALUES ('own_octets', ?), ('own_wrapped', ?)",
               {sealed.octets, sealed.wrapped_key});
    if (db.failed()) return db.take_error().text;
    return std::nullopt;
}

bool rewrap_some(Writing& writing, std::int64_t& after) {
    const bool profiles_left = rewrap_profiles(writing);
    const bool devices_left = rewrap_devices(writing, after);
    return (profiles_left || devices_left) && !writing.db.failed();
}

bool keep_house(Writing& writing, std::int64_t& after) {
    const Retention& keep = writing.retention;
    const std::array<Aged, 4> aged = {{
        {"DELETE FROM sessions WHERE sequence IN"
         " (SELECT sequence FROM sessions WHERE ended < ? ORDER BY ended LIMIT ?)",
         keep.sessions_age},
        {"DELETE FROM audit WHERE sequence IN"
         " (SELECT sequence FROM audit WHERE at < ? ORDER BY at LIMIT ?)",
         keep.audit_age},
        {"DELETE FROM attach_events WHERE (source, id) IN"
         " (SELECT source, id FROM attach_events WHERE seen < ? ORDER BY seen LIMIT ?)",
         keep.events_age},
        {"DELETE FROM answers WHERE (caller, key) IN"
         " (SELECT caller, key FROM answers WHERE at < ? ORDER BY at LIMIT ?)",
         keep.answers_age},
    }};
    bool more = tidy_keys(writing);
    for (const Aged& each : aged) more = drop_aged(writing, each) || more;
    // A lower limit than that of the last time.
    const std::uint64_t sessions = counted(writing, "sessions");
    if (sessions > keep.sessions) {
        const auto above = static_cast<std::int64_t>(sessions - keep.sessions);
        writing.db.run(
            "DELETE FROM sessions WHERE sequence IN"
            " (SELECT sequence FROM sessions ORDER BY sequence LIMIT ?)",
            {std::min(above, chunk)});
        more = more || above > chunk;
    }
    // Strangers can cause those without end: they shall push no session out.
    writing.db.run(
        "DELETE FROM sessions WHERE sequence IN"
        " (SELECT sequence FROM sessions WHERE outcome = 'not_admitted' AND sequence <="
        "  (SELECT sequence FROM sessions WHERE outcome = 'not_admitted'"
        "   ORDER BY sequence DESC LIMIT 1 OFFSET ?) LIMIT ?)",
        {static_cast<std::int64_t>(keep.refusals), chunk});
    more = more || writing.db.changes() == chunk;
    if (wrapped_by_others(writing) > 0) more = rewrap_some(writing, after) || more;
    return more && !writing.db.failed();
}

}  // namespace store
