#include "provisioning/store/tables.h"

namespace store {
namespace {

std::optional<Revision> revision_of(Connection& db, const std::string& name) {
    const auto revision = db.number("SELECT revision FROM profiles WHERE name = ?", {name});
    if (!revision) return std::nullopt;
    return Revision{static_cast<std::uint64_t>(*revision)};
}

}  // namespace

std::vector<ProfileRecord> profiles(const Reading& reading) {
    std::vector<ProfileRecord> all;
    auto rows = reading.db.query(
        "SELECT name, wrapped, sealed, revision, created, updated FROM profiles ORDER BY name");
    while (rows.next()) {
        std::string name = rows.text(0);
        const auto text =
            reading.vault.open({rows.octets(1), rows.octets(2)}, profile_context(name));
        if (!text) {
            reading.db.fail({Errc::failed,
                             "the profile \"" + name +
                                 "\" does not open: it was damaged or altered; restore a backup"});
            break;
        }
        all.push_back({std::move(name), std::string(wire::as_text(text->reveal())),
                       Revision{static_cast<std::uint64_t>(rows.integer(3))},
                       from_row(rows.integer(4)), from_row(rows.integer(5))});
    }
    return all;
}

PutResult put_profile(Writing& writing, const std::string& name, wire::BytesView text,
                      const Precondition& precondition) {
    const auto current = revision_of(writing.db, name);
    if (auto failed = check(precondition, current)) return *failed;
    const crypto::Sealed sealed = writing.vault.seal(text, profile_context(name), writing.random);
    const Revision revision = writing.next_revision();
    writing.db.run(
        "INSERT INTO profiles VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
        " wrapped = excluded.wrapped, sealed = excluded.sealed, revision = excluded.revision,"
        " updated = excluded.updated",
        {name, sealed.wrapped_key, sealed.octets, to_row(revision), to_row(writing.now),
         to_row(writing.now)});
    return Stored{revision, !current};
}

RemoveResult remove_profile(Writing& writing, const std::string& name,
                            const Precondition& precondition) {
    const auto current = revision_of(writing.db, name);
    if (auto failed = check(precondition, current)) return *failed;
    if (!current) return NotThere{};
    const auto users =
        writing.db.number("SELECT devices FROM profile_use WHERE profile = ?", {name});
    if (users) return InUse{static_cast<std::uint64_t>(*users)};
    writing.db.run("DELETE FROM profiles WHERE name = ?", {name});
    writing.next_revision();
    return Removed{};
}

}  // namespace store
