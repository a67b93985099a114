#include "provisioning/store/listing.h"
#include "provisioning/store/tables.h"

// The audit log, and answers to requests that may come again.
namespace store {

void add_audit(Writing& writing, const AuditEntry& entry) {
    writing.db.run("INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?)",
                   {to_row(writing.now), entry.actor, entry.action, entry.subject, entry.detail});
}

PageOf<AuditRow> list_audit(const Reading& reading, const AuditFilter& filter) {
    Listing listing("SELECT sequence, at, actor, action, subject, detail FROM audit");
    if (filter.actor) listing.where("actor = ?", *filter.actor);
    if (filter.action) listing.where("action = ?", *filter.action);
    if (filter.subject) listing.where("subject = ?", *filter.subject);
    listing.where("sequence < ?", before(filter.page));
    PageOf<AuditRow> page;
    auto rows = listing.run(reading.db, "sequence DESC", rows_of(filter.page));
    while (rows.next())
        page.items.push_back({static_cast<std::uint64_t>(rows.integer(0)),
                              from_row(rows.integer(1)),
                              {rows.text(2), rows.text(3), rows.text(4), rows.text(5)}});
    if (cut(page.items, filter.page)) page.next = std::to_string(page.items.back().sequence);
    return page;
}

std::optional<KeptAnswer> kept_answer(const Reading& reading, const std::string& caller,
                                      const std::string& key) {
    auto rows = reading.db.query(
        "SELECT fingerprint, status, content_type, location, body FROM answers"
        " WHERE caller = ? AND key = ?",
        {caller, key});
    if (!rows.next()) return std::nullopt;
    return KeptAnswer{rows.text(0), static_cast<unsigned>(rows.integer(1)), rows.text(2),
                      rows.text(3), rows.text(4)};
}

KeptAnswer keep_answer(Writing& writing, const std::string& caller, const std::string& key,
                       const KeptAnswer& answer) {
    writing.db.run("INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                   {caller, key, answer.fingerprint, static_cast<std::int64_t>(answer.status),
                    answer.content_type, answer.location, answer.body, to_row(writing.now)});
    return kept_answer(writing, caller, key).value_or(answer);
}

}  // namespace store
