#include "provisioning/store/sqlite_schema.h"

#include <array>

namespace store {
namespace {

// "LBSD", in the file's header: tells file(1) and us what it is.
constexpr std::int64_t application = 0x4C425344;

// Numbers that a scan would find, kept by triggers: `counts` by what is counted, `profile_use`
// by the profile. A sealed record counts as "wrapped:" and the id of the master key.
//
// device_keys: 0 to 8 are KeyKind's, 103 is an IMEI without check digit, or an IMEISV: its first
// 14 digits. KeyKind::endpoint is not there, KeyKind::imei is all 15 digits.
constexpr const char* version_1 = R"(
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB) STRICT, WITHOUT ROWID;
CREATE TABLE counts (name TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE profile_use (profile TEXT PRIMARY KEY, devices INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO counts VALUES ('revision', 0), ('devices', 0), ('disabled', 0), ('sessions', 0),
    ('attaches', 0), ('strangers', 0), ('deliveries', 0);

CREATE TABLE devices (
    id INTEGER PRIMARY KEY, endpoint TEXT NOT NULL UNIQUE, profile TEXT NOT NULL,
    file TEXT NOT NULL, disabled INTEGER NOT NULL, document TEXT NOT NULL, wrapped BLOB NOT NULL,
    sealed BLOB NOT NULL, fingerprint BLOB, revision INTEGER NOT NULL, created INTEGER NOT NULL,
    updated INTEGER NOT NULL) STRICT;
CREATE INDEX devices_by_profile ON devices (profile, endpoint);
CREATE INDEX devices_by_file ON devices (file, endpoint) WHERE file <> '';
CREATE INDEX devices_disabled ON devices (endpoint) WHERE disabled = 1;
CREATE TABLE device_keys (
    kind INTEGER NOT NULL, value BLOB NOT NULL, device INTEGER NOT NULL,
    PRIMARY KEY (kind, value)) STRICT, WITHOUT ROWID;

CREATE TRIGGER device_made AFTER INSERT ON devices BEGIN
    UPDATE counts SET n = n + 1 WHERE name = 'devices';
    UPDATE counts SET n = n + 1 WHERE name = 'disabled' AND NEW.disabled;
    INSERT INTO profile_use VALUES (NEW.profile, 1)
        ON CONFLICT (profile) DO UPDATE SET devices = devices + 1;
    INSERT INTO counts VALUES ('wrapped:' || lower(hex(substr(NEW.wrapped, 1, 8))), 1)
        ON CONFLICT (name) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER device_gone AFTER DELETE ON devices BEGIN
    UPDATE counts SET n = n - 1 WHERE name = 'devices';
    UPDATE counts SET n = n - 1 WHERE name = 'disabled' AND OLD.disabled;
    UPDATE profile_use SET devices = devices - 1 WHERE profile = OLD.profile;
    DELETE FROM profile_use WHERE profile = OLD.profile AND devices = 0;
    UPDATE counts SET n = n - 1
        WHERE name = 'wrapped:' || lower(hex(substr(OLD.wrapped, 1, 8)));
END;
CREATE TRIGGER device_moved AFTER UPDATE OF profile ON devices WHEN OLD.profile <> NEW.profile BEGIN
    INSERT INTO profile_use VALUES (NEW.profile, 1)
        ON CONFLICT (profile) DO UPDATE SET devices = devices + 1;
    UPDATE profile_use SET devices = devices - 1 WHERE profile = OLD.profile;
    DELETE FROM profile_use WHERE profile = OLD.profile AND devices = 0;
END;
CREATE TRIGGER device_switched AFTER UPDATE OF disabled ON devices
    WHEN OLD.disabled <> NEW.disabled BEGIN
    UPDATE counts SET n = n + NEW.disabled - OLD.disabled WHERE name = 'disabled';
END;
CREATE TRIGGER device_rewrapped AFTER UPDATE OF wrapped ON devices
    WHEN substr(OLD.wrapped, 1, 8) <> substr(NEW.wrapped, 1, 8) BEGIN
    INSERT INTO counts VALUES ('wrapped:' || lower(hex(substr(NEW.wrapped, 1, 8))), 1)
        ON CONFLICT (name) DO UPDATE SET n = n + 1;
    UPDATE counts SET n = n - 1
        WHERE name = 'wrapped:' || lower(hex(substr(OLD.wrapped, 1, 8)));
END;

CREATE TABLE profiles (
    name TEXT PRIMARY KEY, wrapped BLOB NOT NULL, sealed BLOB NOT NULL, revision INTEGER NOT NULL,
    created INTEGER NOT NULL, updated INTEGER NOT NULL) STRICT;
CREATE TRIGGER profile_made AFTER INSERT ON profiles BEGIN
    INSERT INTO counts VALUES ('wrapped:' || lower(hex(substr(NEW.wrapped, 1, 8))), 1)
        ON CONFLICT (name) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER profile_gone AFTER DELETE ON profiles BEGIN
    UPDATE counts SET n = n - 1
        WHERE name = 'wrapped:' || lower(hex(substr(OLD.wrapped, 1, 8)));
END;
CREATE TRIGGER profile_rewrapped AFTER UPDATE OF wrapped ON profiles
    WHEN substr(OLD.wrapped, 1, 8) <> substr(NEW.wrapped, 1, 8) BEGIN
    INSERT INTO counts VALUES ('wrapped:' || lower(hex(substr(NEW.wrapped, 1, 8))), 1)
        ON CONFLICT (name) DO UPDATE SET n = n + 1;
    UPDATE counts SET n = n - 1
        WHERE name = 'wrapped:' || lower(hex(substr(OLD.wrapped, 1, 8)));
END;

CREATE TABLE sessions (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, endpoint TEXT NOT NULL,
    profile TEXT NOT NULL, mode TEXT NOT NULL, outcome TEXT NOT NULL, triggered INTEGER NOT NULL,
    started INTEGER NOT NULL, ended INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE INDEX sessions_by_endpoint ON sessions (endpoint, sequence);
CREATE INDEX sessions_by_outcome ON sessions (outcome, sequence);
CREATE INDEX sessions_by_end ON sessions (ended);
CREATE TRIGGER session_made AFTER INSERT ON sessions BEGIN
    UPDATE counts SET n = n + 1 WHERE name = 'sessions';
END;
CREATE TRIGGER session_gone AFTER DELETE ON sessions BEGIN
    UPDATE counts SET n = n - 1 WHERE name = 'sessions';
END;

CREATE TABLE attaches (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, session TEXT NOT NULL UNIQUE,
    endpoint TEXT NOT NULL UNIQUE, event TEXT NOT NULL, accepted INTEGER NOT NULL,
    expires INTEGER NOT NULL) STRICT;
CREATE TRIGGER attach_made AFTER INSERT ON attaches BEGIN
    UPDATE counts SET n = n + 1 WHERE name = 'attaches';
END;
CREATE TRIGGER attach_gone AFTER DELETE ON attaches BEGIN
    UPDATE counts SET n = n - 1 WHERE name = 'attaches';
END;
CREATE TABLE attach_events (
    source TEXT NOT NULL, id TEXT NOT NULL, session TEXT NOT NULL, seen INTEGER NOT NULL,
    PRIMARY KEY (source, id)) STRICT, WITHOUT ROWID;
CREATE INDEX attach_events_by_age ON attach_events (seen);

CREATE TABLE strangers (
    identifiers TEXT PRIMARY KEY, source TEXT NOT NULL, address TEXT NOT NULL,
    count INTEGER NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL) STRICT;
CREATE INDEX strangers_by_age ON strangers (last_seen, identifiers);
CREATE TRIGGER stranger_made AFTER INSERT ON strangers BEGIN
    UPDATE counts SET n = n + 1 WHERE name = 'strangers';
END;
CREATE TRIGGER stranger_gone AFTER DELETE ON strangers BEGIN
    UPDATE counts SET n = n - 1 WHERE name = 'strangers';
END;

-- first: no older message goes to the same hook about the same device.
CREATE TABLE deliveries (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, hook TEXT NOT NULL, endpoint TEXT NOT NULL,
    kind TEXT NOT NULL, body TEXT NOT NULL, first INTEGER NOT NULL, attempts INTEGER NOT NULL,
    created INTEGER NOT NULL, due INTEGER NOT NULL, error TEXT NOT NULL) STRICT;
CREATE INDEX deliveries_in_order ON deliveries (hook, endpoint, sequence);
CREATE INDEX deliveries_by_endpoint ON deliveries (endpoint, sequence);
CREATE INDEX deliveries_due ON deliveries (due) WHERE first = 1;
CREATE INDEX deliveries_due_by_hook ON deliveries (hook, due, sequence) WHERE first = 1;
CREATE TRIGGER delivery_made AFTER INSERT ON deliveries BEGIN
    UPDATE counts SET n = n + 1 WHERE name = 'deliveries';
END;
CREATE TRIGGER delivery_gone AFTER DELETE ON deliveries BEGIN
    UPDATE counts SET n = n - 1 WHERE name = 'deliveries';
    UPDATE deliveries SET first = 1 WHERE OLD.first = 1 AND sequence =
        (SELECT min(sequence) FROM deliveries WHERE hook = OLD.hook AND endpoint = OLD.endpoint);
END;

CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, actor TEXT NOT NULL,
    action TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL) STRICT;
CREATE INDEX audit_by_subject ON audit (subject, sequence);
CREATE INDEX audit_by_age ON audit (at);

CREATE TABLE answers (
    caller TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, status INTEGER NOT NULL,
    content_type TEXT NOT NULL, location TEXT NOT NULL, body TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (caller, key)) STRICT, WITHOUT ROWID;
CREATE INDEX answers_by_age ON answers (at);
)";

// What the daemon itself keeps of a device, which its document does not touch. unended: a key is
// pending whose session has not ended. tidy_at: when a retired key's time is over.
constexpr const char* version_2 = R"(
CREATE TABLE device_state (
    device INTEGER PRIMARY KEY, state_wrapped BLOB NOT NULL, state_sealed BLOB NOT NULL,
    unended INTEGER NOT NULL, tidy_at INTEGER) STRICT;
CREATE INDEX device_state_unended ON device_state (device) WHERE unended = 1;
CREATE INDEX device_state_by_age ON device_state (tidy_at) WHERE tidy_at IS NOT NULL;
CREATE TRIGGER state_follows AFTER DELETE ON devices BEGIN
    DELETE FROM device_state WHERE device = OLD.id;
END;
CREATE TRIGGER state_made AFTER INSERT ON device_state BEGIN
    INSERT INTO counts VALUES ('wrapped:' || lower(hex(substr(NEW.state_wrapped, 1, 8))), 1)
        ON CONFLICT (name) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER state_gone AFTER DELETE ON device_state BEGIN
    UPDATE counts SET n = n - 1
        WHERE name = 'wrapped:' || lower(hex(substr(OLD.state_wrapped, 1, 8)));
END;
CREATE TRIGGER state_rewrapped AFTER UPDATE OF state_wrapped ON device_state
    WHEN substr(OLD.state_wrapped, 1, 8) <> substr(NEW.state_wrapped, 1, 8) BEGIN
    INSERT INTO counts VALUES ('wrapped:' || lower(hex(substr(NEW.state_wrapped, 1, 8))), 1)
        ON CONFLICT (name) DO UPDATE SET n = n + 1;
    UPDATE counts SET n = n - 1
        WHERE name = 'wrapped:' || lower(hex(substr(OLD.state_wrapped, 1, 8)));
END;
)";

// A step for each version, from the one before it. A step that is out in the world stays as it is.
constexpr std::array<const char*, 2> steps = {version_1, version_2};

std::string told(const std::filesystem::path& file, const std::string& what) {
    return (file.empty() ? "the database in memory" : file.string()) + ": " + what;
}

// Nothing is written to what is not ours.
std::optional<std::string> identify(Connection& db, const std::filesystem::path& file) {
    const std::int64_t version = db.number("PRAGMA user_version").value_or(0);
    const std::int64_t whose = db.number("PRAGMA application_id").value_or(0);
    const std::int64_t tables = db.number("SELECT count(*) FROM sqlite_schema").value_or(0);
    if (db.failed()) return told(file, db.take_error().text);
    const bool is_new = version == 0 && whose == 0 && tables == 0;
    if (!is_new && whose != application)
        return told(file, "is a database of something else; name another file");
    if (version > schema_version())
        return told(file, "was made by a newer version (its schema is " + std::to_string(version) +
                              ", this one knows " + std::to_string(schema_version()) +
                              "); run that version, or restore a backup");
    return std::nullopt;
}

std::optional<std::string> migrate(Connection& db, const std::filesystem::path& file) {
    db.run("BEGIN IMMEDIATE");
    const std::int64_t version = db.number("PRAGMA user_version").value_or(0);
    for (auto step = static_cast<std::size_t>(version); step < steps.size(); ++step)
        db.run_script(steps.at(step));
    if (version != schema_version()) {
        db.run_script(("PRAGMA user_version = " + std::to_string(schema_version())).c_str());
        db.run_script(("PRAGMA application_id = " + std::to_string(application)).c_str());
    }
    db.run("COMMIT");
    if (db.failed()) return told(file, db.take_error().text);
    return std::nullopt;
}

}  // namespace

int schema_version() {
    return static_cast<int>(steps.size());
}

std::optional<std::string> prepare_to_write(Connection& db, const std::filesystem::path& file) {
    if (auto problem = identify(db, file)) return problem;
    // A checkpoint writes each page once, however often it changed since the last one: imports
    // change the same pages of the keys' tables again and again.
    if (!file.empty())
        db.run_script(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
            "PRAGMA wal_autocheckpoint = 8000; PRAGMA journal_size_limit = 67108864;"
            "PRAGMA cache_size = -32768;");
    db.run_script("PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;");
    if (db.failed()) return told(file, db.take_error().text);
    return migrate(db, file);
}

std::optional<std::string> prepare_to_read(Connection& db, const std::filesystem::path& file) {
    if (auto problem = identify(db, file)) return problem;
    db.run_script(
        "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;"
        "PRAGMA cache_size = -8192;");
    if (db.failed()) return told(file, db.take_error().text);
    return std::nullopt;
}

}  // namespace store
