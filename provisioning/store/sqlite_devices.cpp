#include <algorithm>
#include <iterator>

#include "provisioning/device_document.h"
#include "provisioning/store/state_document.h"
#include "provisioning/store/state_rows.h"

namespace store {
namespace {

std::vector<KeyRow> without(const std::vector<KeyRow>& some, const std::vector<KeyRow>& others) {
    std::vector<KeyRow> left;
    std::ranges::set_difference(some, others, std::back_inserter(left));
    return left;
}

// A file declares it now; one that a file declared once belongs to nobody.
bool belongs_to_file(const DeviceRecord& record) {
    return !record.device.file.empty() && !record.disabled;
}

}  // namespace

Store::Found find_devices(const Reading& reading, const std::vector<DeviceKey>& keys,
                          const std::optional<EventId>& event) {
    Store::Found found;
    found.devices.reserve(keys.size());
    for (const DeviceKey& key : keys) found.devices.push_back(find_device(reading, key));
    if (!event) return found;
    auto rows = reading.db.query("SELECT session FROM attach_events WHERE source = ? AND id = ?",
                                 {event->source, event->id});
    if (rows.next()) found.seen = rows.text(0);
    return found;
}

namespace {

PutResult put_within(Writing& writing, const provisioning::DeviceChange& change,
                     const Precondition& precondition) {
    const auto stored = read_device(writing, change.device.endpoint.text());
    if (writing.db.failed()) return {};
    if (stored && belongs_to_file(*stored->record)) return OwnedByFile{stored->record->device.file};
    const auto current = stored ? std::optional(stored->record->revision) : std::nullopt;
    if (auto failed = check(precondition, current)) return *failed;
    auto made = provisioning::apply(change, stored ? &stored->record->device : nullptr);
    if (auto* const pointer = std::get_if<std::string>(&made))
        return NothingToKeep{std::move(*pointer)};
    auto& device = std::get<provisioning::Device>(made);
    device.file.clear();

    DeviceState state = stored ? stored->record->state : DeviceState{};
    const bool had_state = !is_empty(state);
    adapt(state, stored ? &stored->record->device : nullptr, device, writing.now);
    const auto after = keys_of(device, state.keyring);
    const Revision revision = writing.next_revision();
    const std::int64_t id =
        write_device(writing, device, stored ? &*stored : nullptr, {}, revision);
    // What goes goes first: one form of an IMEI would stand in the way of the other.
    const auto old = stored ? held_keys(writing, *stored) : std::vector<KeyRow>{};
    remove_keys(writing, id, without(old, after));
    if (auto twin = enter_keys(writing, id, without(after, old), false)) return std::move(*twin);
    if (had_state || !is_empty(state)) write_state(writing, id, device, state);
    return Stored{revision, !stored};
}

}  // namespace

PutResult put_device(Writing& writing, const provisioning::DeviceChange& change,
                     const Precondition& precondition) {
    writing.db.run("SAVEPOINT put");
    PutResult result = put_within(writing, change, precondition);
    if (writing.db.failed()) return {};
    if (!std::holds_alternative<Stored>(result)) writing.db.run("ROLLBACK TO put");
    writing.db.run("RELEASE put");
    return result;
}

RemoveResult remove_device(Writing& writing, const std::string& endpoint,
                           const Precondition& precondition) {
    const auto stored = read_device(writing, endpoint);
    if (writing.db.failed()) return {};
    if (!stored) {
        if (auto failed = check(precondition, std::nullopt)) return *failed;
        return NotThere{};
    }
    if (belongs_to_file(*stored->record)) return OwnedByFile{stored->record->device.file};
    if (auto failed = check(precondition, stored->record->revision)) return *failed;
    // What is kept of it goes with it.
    remove_keys(writing, stored->id, keys_of(*stored->record));
    writing.db.run("DELETE FROM devices WHERE id = ?", {stored->id});
    writing.changed.push_back(endpoint);
    writing.next_revision();
    return Removed{};
}

Store::DeviceCounts count_devices(const Reading& reading) {
    // In one statement, so that both are of one moment.
    auto rows = reading.db.query(
        "SELECT (SELECT n FROM counts WHERE name = 'devices'),"
        " (SELECT n FROM counts WHERE name = 'disabled')");
    if (!rows.next()) return {};
    return {static_cast<std::uint64_t>(rows.integer(0)),
            static_cast<std::uint64_t>(rows.integer(1))};
}

std::vector<std::string> profiles_in_use(const Reading& reading) {
    std::vector<std::string> names;
    auto rows = reading.db.query("SELECT profile FROM profile_use ORDER BY profile");
    while (rows.next()) names.push_back(rows.text(0));
    return names;
}

}  // namespace store
