#include <charconv>
#include <limits>

#include "provisioning/store/tables.h"

namespace store {
namespace {

// A stranger's place in the list: when it was seen last, and who it is. "1700000000000 {…}".
struct Place {
    std::int64_t seen = std::numeric_limits<std::int64_t>::max();
    std::string identifiers;
};

Place place_of(const Page& page) {
    Place place;
    if (!page.after) return place;
    const std::string& text = *page.after;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, place.seen);
    if (parsed.ec != std::errc() || parsed.ptr == end) return {0, {}};
    place.identifiers.assign(parsed.ptr + 1, end);
    return place;
}

}  // namespace

void accept_attach(Writing& writing, const AttachRow& row, const std::optional<EventId>& event) {
    writing.db.run("DELETE FROM attaches WHERE endpoint = ? OR session = ?",
                   {row.endpoint, row.session});
    writing.db.run(
        "INSERT INTO attaches (session, endpoint, event, accepted, expires)"
        " VALUES (?, ?, ?, ?, ?)",
        {row.session, row.endpoint, row.event, to_row(row.accepted), to_row(row.expires)});
    if (!event) return;
    writing.db.run(
        "INSERT INTO attach_events VALUES (?, ?, ?, ?) ON CONFLICT (source, id)"
        " DO UPDATE SET session = excluded.session, seen = excluded.seen",
        {event->source, event->id, row.session, to_row(writing.now)});
}

std::vector<AttachRow> attaches(const Reading& reading) {
    std::vector<AttachRow> all;
    auto rows = reading.db.query(
        "SELECT session, endpoint, event, accepted, expires FROM attaches ORDER BY sequence");
    while (rows.next())
        all.push_back({rows.text(0), rows.text(1), rows.text(2), from_row(rows.integer(3)),
                       from_row(rows.integer(4))});
    return all;
}

void remember_stranger(Writing& writing, const Stranger& stranger) {
    writing.db.run(
        "INSERT INTO strangers VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (identifiers) DO UPDATE SET"
        " source = excluded.source, address = excluded.address, count = count + excluded.count,"
        " first_seen = min(first_seen, excluded.first_seen),"
        " last_seen = max(last_seen, excluded.last_seen)",
        {stranger.identifiers, stranger.source, stranger.address,
         static_cast<std::int64_t>(stranger.count), to_row(stranger.first_seen),
         to_row(stranger.last_seen)});
    const std::uint64_t there = counted(writing, "strangers");
    if (there <= writing.retention.strangers) return;
    writing.db.run(
        "DELETE FROM strangers WHERE identifiers IN (SELECT identifiers FROM strangers"
        " ORDER BY last_seen, identifiers LIMIT ?)",
        {static_cast<std::int64_t>(there - writing.retention.strangers)});
}

PageOf<Stranger> list_strangers(const Reading& reading, const Page& page) {
    const Place place = place_of(page);
    PageOf<Stranger> found;
    auto rows = reading.db.query(
        "SELECT identifiers, source, address, count, first_seen, last_seen FROM strangers"
        " WHERE (last_seen, identifiers) < (?, ?) ORDER BY last_seen DESC, identifiers DESC"
        " LIMIT ?",
        {place.seen, place.identifiers, rows_of(page)});
    while (rows.next())
        found.items.push_back({rows.text(0), rows.text(1), rows.text(2),
                               static_cast<std::uint64_t>(rows.integer(3)),
                               from_row(rows.integer(4)), from_row(rows.integer(5))});
    if (cut(found.items, page)) {
        const Stranger& last = found.items.back();
        found.next = std::to_string(to_row(last.last_seen)) + " " + last.identifiers;
    }
    return found;
}

std::uint64_t forget_strangers(Writing& writing) {
    const std::uint64_t there = counted(writing, "strangers");
    writing.db.run("DELETE FROM strangers");
    return there;
}

}  // namespace store
