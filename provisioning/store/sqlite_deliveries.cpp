#include <algorithm>
#include <tuple>

#include "provisioning/store/listing.h"
#include "provisioning/store/tables.h"

// Messages of one hook and device go one after the other: only the oldest of them has first = 1,
// and when it goes a trigger of the schema passes that on.
namespace store {
namespace {

constexpr std::string_view columns =
    "SELECT sequence, hook, endpoint, kind, body, attempts, created, due, error FROM deliveries";

Delivery read_row(const Connection::Rows& rows) {
    return {static_cast<std::uint64_t>(rows.integer(0)),
            {rows.text(1), rows.text(2), rows.text(3), rows.text(4)},
            static_cast<unsigned>(rows.integer(5)),
            from_row(rows.integer(6)),
            from_row(rows.integer(7)),
            rows.text(8)};
}

std::optional<std::string> next_hook(const Reading& reading, std::string_view after) {
    auto rows = reading.db.query(
        "SELECT hook FROM deliveries WHERE first = 1 AND hook > ? ORDER BY hook LIMIT 1", {after});
    if (!rows.next()) return std::nullopt;
    return rows.text(0);
}

}  // namespace

void add_delivery(Writing& writing, const OutboxItem& item) {
    writing.db.run(
        "INSERT INTO deliveries (hook, endpoint, kind, body, first, attempts, created, due, error)"
        " VALUES (?1, ?2, ?3, ?4, NOT EXISTS (SELECT 1 FROM deliveries WHERE hook = ?1 AND"
        " endpoint = ?2), 0, ?5, ?5, '')",
        {item.hook, item.endpoint, item.kind, item.body, to_row(writing.now)});
}

std::vector<Delivery> due_deliveries(const Reading& reading, WallTime now, std::size_t limit) {
    std::vector<Delivery> due;
    // Hook by hook: there are few, and each is one step in the index.
    std::optional<std::string> hook = next_hook(reading, "");
    while (hook) {
        Listing listing(columns);
        listing.where("first = 1");
        listing.where("hook = ?", std::string_view(*hook));
        listing.where("due <= ?", to_row(now));
        auto rows = listing.run(reading.db, "due, sequence", static_cast<std::int64_t>(limit));
        while (rows.next()) due.push_back(read_row(rows));
        hook = next_hook(reading, *hook);
    }
    std::sort(due.begin(), due.end(), [](const Delivery& one, const Delivery& other) {
        return std::tie(one.due, one.sequence) < std::tie(other.due, other.sequence);
    });
    return due;
}

std::optional<WallTime> next_delivery(const Reading& reading) {
    const auto due = reading.db.number("SELECT min(due) FROM deliveries WHERE first = 1");
    if (!due) return std::nullopt;
    return from_row(*due);
}

bool delivered(Writing& writing, std::uint64_t sequence) {
    writing.db.run("DELETE FROM deliveries WHERE sequence = ?",
                   {static_cast<std::int64_t>(sequence)});
    return writing.db.changes() == 1;
}

void delivery_failed(Writing& writing, std::uint64_t sequence, WallTime due,
                     const std::string& error) {
    writing.db.run(
        "UPDATE deliveries SET attempts = attempts + 1, due = ?, error = ? WHERE sequence = ?",
        {to_row(due), error, static_cast<std::int64_t>(sequence)});
}

PageOf<Delivery> list_deliveries(const Reading& reading, const DeliveryFilter& filter) {
    Listing listing(columns);
    if (filter.hook) listing.where("hook = ?", *filter.hook);
    if (filter.endpoint) listing.where("endpoint = ?", *filter.endpoint);
    listing.where("sequence < ?", before(filter.page));
    PageOf<Delivery> page;
    auto rows = listing.run(reading.db, "sequence DESC", rows_of(filter.page));
    while (rows.next()) page.items.push_back(read_row(rows));
    if (cut(page.items, filter.page)) page.next = std::to_string(page.items.back().sequence);
    return page;
}

}  // namespace store
