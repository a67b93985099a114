#include "provisioning/store/listing.h"
#include "provisioning/store/tables.h"

namespace store {
namespace {

constexpr std::string_view columns =
    "SELECT sequence, id, endpoint, profile, mode, outcome, triggered, started, ended, body"
    " FROM sessions";

SessionRow read_row(const Connection::Rows& rows) {
    return {rows.text(1),
            rows.text(2),
            rows.text(3),
            rows.text(4),
            rows.text(5),
            rows.integer(6) != 0,
            from_row(rows.integer(7)),
            from_row(rows.integer(8)),
            rows.text(9)};
}

// One comes at a time; where the limit was lowered, the housekeeping does the rest.
void drop_oldest_session(Writing& writing) {
    if (counted(writing, "sessions") <= writing.retention.sessions) return;
    writing.db.run("DELETE FROM sessions WHERE sequence = (SELECT min(sequence) FROM sessions)");
}

void drop_oldest_deliveries(Writing& writing) {
    const std::uint64_t there = counted(writing, "deliveries");
    if (there <= writing.retention.deliveries) return;
    const auto above = static_cast<std::int64_t>(there - writing.retention.deliveries);
    writing.db.run(
        "DELETE FROM deliveries WHERE sequence IN (SELECT sequence FROM deliveries"
        " ORDER BY sequence LIMIT ?)",
        {above});
    writing.dropped += static_cast<std::uint64_t>(writing.db.changes());
}

}  // namespace

void end_session(Writing& writing, const SessionRow& row, const std::vector<OutboxItem>& items) {
    writing.db.run("DELETE FROM attaches WHERE session = ?", {row.id});
    const std::int64_t triggered = row.triggered ? 1 : 0;
    writing.db.run(
        "INSERT INTO sessions (id, endpoint, profile, mode, outcome, triggered, started, ended,"
        " body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        {row.id, row.endpoint, row.profile, row.mode, row.outcome, triggered, to_row(row.started),
         to_row(row.ended), row.body});
    // Told a second time: after an error nobody knows whether the first was kept.
    if (writing.db.failed() || writing.db.changes() == 0) return;
    account_changed(writing, row);
    for (const OutboxItem& item : items) add_delivery(writing, item);
    drop_oldest_session(writing);
    drop_oldest_deliveries(writing);
}

std::optional<SessionRow> session(const Reading& reading, const std::string& id) {
    Listing listing(columns);
    listing.where("id = ?", id);
    auto rows = listing.run(reading.db, "sequence", 1);
    if (!rows.next()) return std::nullopt;
    return read_row(rows);
}

PageOf<SessionRow> list_sessions(const Reading& reading, const SessionFilter& filter) {
    Listing listing(columns);
    if (filter.endpoint) listing.where("endpoint = ?", *filter.endpoint);
    if (filter.outcome) listing.where("outcome = ?", *filter.outcome);
    if (filter.ended_since) listing.where("ended >= ?", to_row(*filter.ended_since));
    if (filter.ended_before) listing.where("ended < ?", to_row(*filter.ended_before));
    listing.where("sequence < ?", before(filter.page));
    PageOf<SessionRow> page;
    std::vector<std::int64_t> sequences;
    auto rows = listing.run(reading.db, "sequence DESC", rows_of(filter.page));
    while (rows.next()) {
        page.items.push_back(read_row(rows));
        sequences.push_back(rows.integer(0));
    }
    if (cut(page.items, filter.page)) page.next = std::to_string(sequences[page.items.size() - 1]);
    return page;
}

}  // namespace store
