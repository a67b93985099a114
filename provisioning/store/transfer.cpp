#include "provisioning/store/transfer.h"

#include <exception>
#include <istream>
#include <ostream>

#include <nlohmann/json.hpp>

#include "provisioning/device_document.h"
#include "provisioning/store/base64.h"
#include "provisioning/store/file_lock.h"
#include "provisioning/store/sqlite_backup.h"
#include "provisioning/store/sqlite_schema.h"
#include "provisioning/store/state_document.h"
#include "provisioning/store/state_rows.h"

namespace store {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view format = "lwm2m-bootstrapd-dump";
constexpr int version = 2;  // 1: without what was made for devices
// A device document is some hundred octets; a profile may be large.
constexpr std::size_t longest_line = 16 * 1024 * 1024;

std::string sealed_text(const Connection::Rows& rows, int column) {
    return to_base64(rows.octets(column));
}

// A database that no one else uses, ready to be written, within a transaction.
class Exclusive {
  public:
    Exclusive(const SqliteOptions& options, wire::Random& random)
        : options_(options), random_(random), vault_(options.keys) {}

    std::optional<std::string> open() {
        if (options_.keys.empty()) return "the store has no master key; name a key's file";
        auto lock = FileLock::take(options_.file);
        if (!lock) return lock.error();
        lock_ = std::move(*lock);
        auto db = Connection::open(options_.file, options_.vfs);
        if (!db) return db.error();
        db_ = std::move(*db);
        if (auto problem = prepare_to_write(*db_, options_.file)) return problem;
        db_->run("BEGIN IMMEDIATE");
        writing_.emplace(
            Writing{{*db_, vault_}, random_, options_.retention, wall_time(), 0, {}, 0});
        if (auto problem = unlock(*writing_, vault_))
            return options_.file.string() + " " + *problem;
        writing_->last_revision = counted(*writing_, "revision");
        return std::nullopt;
    }
    std::optional<std::string> commit() {
        db_->run("UPDATE counts SET n = ? WHERE name = 'revision'",
                 {static_cast<std::int64_t>(writing_->last_revision)});
        db_->run("COMMIT");
        if (db_->failed()) return options_.file.string() + ": " + db_->take_error().text;
        return std::nullopt;
    }
    Writing& writing() { return *writing_; }

  private:
    const SqliteOptions& options_;
    wire::Random& random_;
    Vault vault_;
    std::unique_ptr<FileLock> lock_;
    std::unique_ptr<Connection> db_;
    std::optional<Writing> writing_;
};

// A line that is no part of a dump, or that does not open.
struct Wrong {
    std::string what;
};

std::string text_of(const Json& line, const char* key) {
    const auto found = line.find(key);
    if (found == line.end() || !found->is_string())
        throw Wrong{"has no text \"" + std::string(key) + "\""};
    return found->get<std::string>();
}

std::int64_t number_of(const Json& line, const char* key) {
    const auto found = line.find(key);
    if (found == line.end() || !found->is_number_integer())
        throw Wrong{"has no number \"" + std::string(key) + "\""};
    return found->get<std::int64_t>();
}

model::Secret opened(const Json& line, const std::string& context, const Vault& vault) {
    const auto wrapped = from_base64(text_of(line, "wrapped"));
    const auto octets = from_base64(text_of(line, "sealed"));
    if (!wrapped || !octets) throw Wrong{"has a sealed part that is no base64"};
    const crypto::Sealed sealed{*wrapped, *octets};
    const auto by = crypto::wrapped_by(sealed);
    if (by && !vault.has(*by))
        throw Wrong{"is sealed with the master key " + wire::to_hex(*by) +
                    "; name that key's file too"};
    auto secret = vault.open(sealed, context);
    if (!secret) throw Wrong{"does not open: it was damaged or altered"};
    return std::move(*secret);
}

// Of a line that has none: what is kept of the device here, for which the line is another document.
DeviceState state_of(const Json& line, const std::string& endpoint,
                     const std::optional<DeviceRow>& stored, const provisioning::Device& device,
                     const Writing& writing) {
    if (const auto sealed = line.find("state"); sealed != line.end()) {
        if (!sealed->is_object()) throw Wrong{"has a state that is no object"};
        auto state = parse_state(opened(*sealed, state_context(endpoint), writing.vault));
        if (!state) throw Wrong{"has a state that is none"};
        return std::move(*state);
    }
    DeviceState state = stored ? stored->record->state : DeviceState{};
    adapt(state, stored ? &stored->record->device : nullptr, device, writing.now);
    return state;
}

void load_device(Writing& writing, const Json& line) {
    const std::string endpoint = text_of(line, "device");
    const model::Secret secrets = opened(line, device_context(endpoint), writing.vault);
    const auto document = line.find("document");
    auto device = document == line.end() ? std::nullopt
                                         : provisioning::join_document(document->dump(), secrets,
                                                                       text_of(line, "file"));
    if (!device || device->endpoint.text() != endpoint)
        throw Wrong{"has a document that does not fit what was sealed"};
    const auto disabled = line.find("disabled");
    NewRow row;
    row.disabled = disabled != line.end() && disabled->is_boolean() && disabled->get<bool>();
    if (!device->file.empty()) row.fingerprint = writing.vault.fingerprint(*device);
    const auto stored = read_device(writing, endpoint);
    if (writing.db.failed()) return;
    if (stored) remove_keys(writing, stored->id, held_keys(writing, *stored));
    const std::int64_t id =
        write_device(writing, *device, stored ? &*stored : nullptr, row, writing.next_revision());
    writing.db.run("UPDATE devices SET created = ?, updated = ? WHERE id = ?",
                   {number_of(line, "created"), number_of(line, "updated"), id});
    const DeviceState state = state_of(line, endpoint, stored, *device, writing);
    write_state(writing, id, *device, state);
    auto twin = enter_keys(writing, id, keys_of(*device, state.keyring), true);
    if (twin && !row.disabled)
        throw Wrong{"has a key that the device \"" + twin->endpoint + "\" has"};
}

void load_profile(Writing& writing, const Json& line) {
    const std::string name = text_of(line, "profile");
    const model::Secret text = opened(line, profile_context(name), writing.vault);
    put_profile(writing, name, text.reveal(), {});
    writing.db.run("UPDATE profiles SET created = ?, updated = ? WHERE name = ?",
                   {number_of(line, "created"), number_of(line, "updated"), name});
}

void check_header(const Json& line) {
    if (line.find("format") == line.end() || text_of(line, "format") != format)
        throw Wrong{"is not the first line of a dump"};
    if (number_of(line, "version") < 1 || number_of(line, "version") > version)
        throw Wrong{
            "names a version of dumps that this program does not know; use the one that "
            "made it"};
}

Json parsed(const std::string& text) {
    if (text.size() > longest_line) throw Wrong{"is too long"};
    Json line = Json::parse(text, nullptr, false);
    if (!line.is_object()) throw Wrong{"is no JSON object"};
    return line;
}

struct Loading {
    Transferred done;
    std::uint64_t line = 0;
    bool ended = false;
};

void check_end(const Json& line, const Loading& loading) {
    if (number_of(line, "devices") != static_cast<std::int64_t>(loading.done.devices) ||
        number_of(line, "profiles") != static_cast<std::int64_t>(loading.done.profiles))
        throw Wrong{"tells of more or fewer records than there are"};
}

void load_line(Writing& writing, const std::string& text, Loading& loading) {
    if (loading.ended) throw Wrong{"follows the end of the dump"};
    const Json line = parsed(text);
    if (loading.line == 1) return check_header(line);
    if (line.contains("device")) {
        load_device(writing, line);
        ++loading.done.devices;
    } else if (line.contains("profile")) {
        load_profile(writing, line);
        ++loading.done.profiles;
    } else if (line.contains("end")) {
        check_end(line, loading);
        loading.ended = true;
    } else {
        throw Wrong{"is neither a device nor a profile"};
    }
}

void dump_devices(Connection& db, std::ostream& out, Transferred& done) {
    auto rows = db.query(
        "SELECT endpoint, file, disabled, document, wrapped, sealed, revision, created, updated,"
        " state_wrapped, state_sealed FROM devices LEFT JOIN device_state ON device = id"
        " ORDER BY endpoint");
    while (rows.next() && out) {
        const Json document = Json::parse(rows.text(3), nullptr, false);
        Json line = {{"device", rows.text(0)},        {"revision", rows.integer(6)},
                     {"created", rows.integer(7)},    {"updated", rows.integer(8)},
                     {"file", rows.text(1)},          {"disabled", rows.integer(2) != 0},
                     {"document", document},          {"wrapped", sealed_text(rows, 4)},
                     {"sealed", sealed_text(rows, 5)}};
        if (!rows.is_null(9))
            line["state"] = {{"wrapped", sealed_text(rows, 9)}, {"sealed", sealed_text(rows, 10)}};
        out << line.dump() << '\n';
        ++done.devices;
    }
}

void dump_profiles(Connection& db, std::ostream& out, Transferred& done) {
    auto rows = db.query(
        "SELECT name, revision, created, updated, wrapped, sealed FROM profiles ORDER BY name");
    while (rows.next() && out) {
        out << Json{{"profile", rows.text(0)},         {"revision", rows.integer(1)},
                    {"created", rows.integer(2)},      {"updated", rows.integer(3)},
                    {"wrapped", sealed_text(rows, 4)}, {"sealed", sealed_text(rows, 5)}}
                   .dump()
            << '\n';
        ++done.profiles;
    }
}

Json header_of(Connection& db) {
    Json keys = Json::array();
    auto rows = db.query(
        "SELECT substr(name, 9) FROM counts WHERE name > 'wrapped:' AND name < 'wrapped;'"
        " AND n > 0 ORDER BY name");
    while (rows.next()) keys.push_back(rows.text(0));
    return {{"format", format}, {"version", version}, {"masterKeys", std::move(keys)}};
}

}  // namespace

TransferResult dump(const SqliteOptions& options, std::ostream& out) {
    const std::string file = options.file.string();
    if (!std::filesystem::exists(options.file)) return file + ": there is no such database";
    auto db = Connection::open(options.file, options.vfs);
    if (!db) return db.error();
    if (auto problem = prepare_to_read(**db, options.file)) return std::move(*problem);
    Transferred done;
    try {
        (*db)->run("BEGIN");
        out << header_of(**db).dump() << '\n';
        dump_devices(**db, out, done);
        dump_profiles(**db, out, done);
        out << Json{{"end", true}, {"devices", done.devices}, {"profiles", done.profiles}}.dump()
            << '\n';
    } catch (const std::exception&) {
        return file + ": a record cannot be written as JSON: it was damaged";
    }
    if ((*db)->failed()) return file + ": " + (*db)->take_error().text;
    out.flush();
    if (!out) return std::string("the dump cannot be written");
    return done;
}

std::optional<std::string> copy(const SqliteOptions& options, const std::filesystem::path& to) {
    if (!std::filesystem::exists(options.file))
        return options.file.string() + ": there is no such database";
    auto db = Connection::open(options.file, options.vfs);
    if (!db) return db.error();
    if (auto problem = prepare_to_read(**db, options.file)) return problem;
    back_up(**db, to);
    if ((*db)->failed()) return (*db)->take_error().text;
    return std::nullopt;
}

TransferResult load(const SqliteOptions& options, std::istream& in, wire::Random& random) {
    Exclusive database(options, random);
    if (auto problem = database.open()) return std::move(*problem);
    Loading loading;
    std::string text;
    while (std::getline(in, text)) {
        const std::string place = "line " + std::to_string(++loading.line) + " ";
        try {
            load_line(database.writing(), text, loading);
        } catch (const Wrong& wrong) {
            return place + wrong.what;
        } catch (const std::exception&) {
            return place + "cannot be stored";
        }
        if (database.writing().db.failed())
            return place + "cannot be stored: " + database.writing().db.take_error().text;
    }
    if (!loading.ended)
        return "the dump ends after line " + std::to_string(loading.line) +
               " and is not whole; nothing was loaded";
    if (auto problem = database.commit()) return std::move(*problem);
    return loading.done;
}

boost::system::result<std::uint64_t, std::string> rewrap(const SqliteOptions& options,
                                                         wire::Random& random) {
    Exclusive database(options, random);
    if (auto problem = database.open()) return std::move(*problem);
    const std::uint64_t before = wrapped_by_others(database.writing());
    std::int64_t after = 0;
    while (rewrap_some(database.writing(), after)) continue;
    if (database.writing().db.failed())
        return options.file.string() + ": " + database.writing().db.take_error().text;
    const std::uint64_t left = wrapped_by_others(database.writing());
    if (auto problem = database.commit()) return std::move(*problem);
    return before - left;
}

}  // namespace store
