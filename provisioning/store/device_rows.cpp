#include "provisioning/store/device_rows.h"

#include <memory>

#include <nlohmann/json.hpp>

#include "provisioning/device_document.h"
#include "provisioning/store/listing.h"
#include "provisioning/store/state_rows.h"

namespace store {
namespace {

// The columns that read_row() takes.
constexpr std::string_view select_all =
    "SELECT id, endpoint, file, disabled, document, wrapped, sealed, revision, created, updated,"
    " state_wrapped, state_sealed FROM devices LEFT JOIN device_state ON device = id";
constexpr std::string_view select_by_id =
    "SELECT id, endpoint, file, disabled, document, wrapped, sealed, revision, created, updated,"
    " state_wrapped, state_sealed FROM devices LEFT JOIN device_state ON device = id WHERE id = ?";
constexpr std::string_view select_by_endpoint =
    "SELECT id, endpoint, file, disabled, document, wrapped, sealed, revision, created, updated,"
    " state_wrapped, state_sealed FROM devices LEFT JOIN device_state ON device = id"
    " WHERE endpoint = ?";

DeviceRow read_row(const Reading& reading, const Connection::Rows& rows) {
    const std::string endpoint = rows.text(1);
    const auto secrets =
        reading.vault.open({rows.octets(5), rows.octets(6)}, device_context(endpoint));
    auto device =
        secrets ? provisioning::join_document(rows.text(4), *secrets, rows.text(2)) : std::nullopt;
    if (!device || device->endpoint.text() != endpoint) {
        reading.db.fail(
            {Errc::failed, "the record of the device \"" + endpoint +
                               "\" does not open: it was damaged or altered; restore a backup"});
        return {};
    }
    return {rows.integer(0),
            std::make_shared<const DeviceRecord>(DeviceRecord{
                std::move(*device), Revision{static_cast<std::uint64_t>(rows.integer(7))},
                rows.integer(3) != 0, from_row(rows.integer(8)), from_row(rows.integer(9)),
                open_state(reading, endpoint, rows.octets(10), rows.octets(11))})};
}

// The first of the rows as a device, if there is one.
std::optional<DeviceRow> first_of(const Reading& reading, Connection::Rows rows) {
    if (!rows.next()) return std::nullopt;
    DeviceRow row = read_row(reading, rows);
    if (reading.db.failed()) return std::nullopt;
    return row;
}

std::optional<DeviceRow> read_by_id(const Reading& reading, std::int64_t id) {
    return first_of(reading, reading.db.query(select_by_id, {id}));
}

std::optional<std::int64_t> owner_of(Connection& db, std::int64_t kind, std::string_view value) {
    return db.number("SELECT device FROM device_keys WHERE kind = ? AND value = ?",
                     {kind, wire::as_bytes(value)});
}

// The devices of which the IMEI begins with these 14 digits; two of them at most.
std::vector<std::int64_t> owners_of_digits(Connection& db, const std::string& digits) {
    std::vector<std::int64_t> owners;
    if (const auto owner = owner_of(db, bare_imei, digits)) owners.push_back(*owner);
    // ":" follows "9".
    const std::string end = digits + ":";
    auto rows = db.query(
        "SELECT device FROM device_keys WHERE kind = ? AND value > ? AND value < ? LIMIT 2",
        {row_kind(KeyKind::imei), wire::as_bytes(digits), wire::as_bytes(end)});
    while (rows.next()) owners.push_back(rows.integer(0));
    return owners;
}

std::optional<std::int64_t> find_by_imei(Connection& db, const std::string& text) {
    const ImeiSearch imei = search_for_imei(text);
    if (imei.whole)
        if (const auto owner = owner_of(db, row_kind(KeyKind::imei), *imei.whole)) return owner;
    const auto owners = owners_of_digits(db, imei.digits);
    if (owners.size() != 1) return std::nullopt;
    return owners.front();
}

// Whom an IMEI excludes besides those with the same row: one with all digits and one without the
// check digit cannot be told apart.
std::optional<std::int64_t> excluded_by(Connection& db, const KeyRow& key, std::int64_t id) {
    constexpr std::size_t without_check_digit = 14;
    if (key.kind == row_kind(KeyKind::imei)) {
        const auto owner =
            owner_of(db, bare_imei, std::string_view(key.value).substr(0, without_check_digit));
        if (owner && *owner != id) return owner;
    }
    if (key.kind == bare_imei)
        for (const std::int64_t owner : owners_of_digits(db, key.value))
            if (owner != id) return owner;
    return std::nullopt;
}

// Whether another device may have the key from now on.
bool give_up(Writing& writing, const DeviceRow& row, const KeyRow& key, bool from_disabled) {
    const DeviceRecord& record = *row.record;
    const auto declared = keys_of(record.device);
    if (!std::ranges::binary_search(declared, key) && kind_of(key) == KeyKind::psk_identity) {
        DeviceState state = record.state;
        if (state.keyring.give_up(wire::as_bytes(key.value))) {
            remove_keys(writing, row.id, {key});
            write_state(writing, row.id, record.device, state);
            return true;
        }
    }
    if (!from_disabled || !record.disabled) return false;
    writing.changed.push_back(record.device.endpoint.text());
    // Of an IMEI it may be the other form.
    std::vector<KeyRow> given_up = {key};
    for (const KeyRow& each : declared)
        if (kind_of(key) == KeyKind::imei && kind_of(each) == KeyKind::imei)
            given_up.push_back(each);
    remove_keys(writing, row.id, given_up);
    return true;
}

}  // namespace

std::optional<DeviceRow> read_device(const Reading& reading, std::string_view endpoint) {
    return first_of(reading, reading.db.query(select_by_endpoint, {endpoint}));
}

DevicePointer find_device(const Reading& reading, const DeviceKey& key) {
    std::optional<DeviceRow> row;
    if (key.kind == KeyKind::endpoint) {
        row = read_device(reading, key.value);
    } else {
        const KeyRow name = row_of(key);
        const auto id = key.kind == KeyKind::imei ? find_by_imei(reading.db, key.value)
                                                  : owner_of(reading.db, name.kind, name.value);
        if (id) row = read_by_id(reading, *id);
    }
    return row ? row->record : nullptr;
}

PageOf<DevicePointer> list_devices(const Reading& reading, const DeviceFilter& filter) {
    Listing listing(select_all);
    if (filter.profile) listing.where("profile = ?", *filter.profile);
    if (filter.file) {
        listing.where("file = ?", *filter.file);
        if (!filter.file->empty()) listing.where("file <> ''");
    }
    if (filter.disabled) listing.where(*filter.disabled ? "disabled = 1" : "disabled = 0");
    // Endpoints are UTF-8, in which no octet is 255.
    const std::string end = filter.prefix.value_or("") + '\xFF';
    if (filter.prefix) {
        listing.where("endpoint >= ?", *filter.prefix);
        listing.where("endpoint < ?", end);
    }
    if (filter.page.after) listing.where("endpoint > ?", *filter.page.after);
    PageOf<DevicePointer> page;
    auto rows = listing.run(reading.db, "endpoint", rows_of(filter.page));
    while (rows.next()) page.items.push_back(read_row(reading, rows).record);
    if (!reading.db.failed() && cut(page.items, filter.page))
        page.next = page.items.back()->device.endpoint.text();
    return page;
}

std::int64_t write_device(Writing& writing, const provisioning::Device& device,
                          const DeviceRow* over, const NewRow& row, Revision revision) {
    const std::string& endpoint = device.endpoint.text();
    const crypto::Sealed sealed = writing.vault.seal(provisioning::secrets_of(device).reveal(),
                                                     device_context(endpoint), writing.random);
    const std::string document = provisioning::open_document(device).dump();
    Connection::Value fingerprint;
    if (row.fingerprint) fingerprint = wire::BytesView(*row.fingerprint);
    const std::int64_t disabled = row.disabled ? 1 : 0;
    writing.changed.push_back(endpoint);
    if (over != nullptr) {
        writing.db.run(
            "UPDATE devices SET profile = ?, file = ?, disabled = ?, document = ?, wrapped = ?,"
            " sealed = ?, fingerprint = ?, revision = ?, updated = ? WHERE id = ?",
            {device.profile, device.file, disabled, document, sealed.wrapped_key, sealed.octets,
             fingerprint, to_row(revision), to_row(writing.now), over->id});
        return over->id;
    }
    writing.db.run(
        "INSERT INTO devices (endpoint, profile, file, disabled, document, wrapped, sealed,"
        " fingerprint, revision, created, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {endpoint, device.profile, device.file, disabled, document, sealed.wrapped_key,
         sealed.octets, fingerprint, to_row(revision), to_row(writing.now), to_row(writing.now)});
    return writing.db.last_id();
}

std::vector<KeyRow> held_keys(const Reading& reading, const DeviceRow& row) {
    std::vector<KeyRow> keys = keys_of(*row.record);
    std::erase_if(keys, [&](const KeyRow& key) {
        return owner_of(reading.db, key.kind, key.value) != row.id;
    });
    return keys;
}

bool is_taken(const Reading& reading, const DeviceKey& key) {
    const KeyRow row = row_of(key);
    return owner_of(reading.db, row.kind, row.value).has_value();
}

void remove_keys(Writing& writing, std::int64_t id, const std::vector<KeyRow>& keys) {
    for (const KeyRow& key : keys)
        writing.db.run("DELETE FROM device_keys WHERE kind = ? AND value = ? AND device = ?",
                       {key.kind, wire::as_bytes(key.value), id});
}

std::optional<Twin> enter_keys(Writing& writing, std::int64_t id, const std::vector<KeyRow>& keys,
                               bool from_disabled) {
    Connection& db = writing.db;
    std::vector<KeyRow> entered;
    for (const KeyRow& key : keys) {
        // Each turn, a device that has the key gives way; without one the key is entered.
        for (;;) {
            auto owner = excluded_by(db, key, id);
            if (!owner) {
                db.run("INSERT OR IGNORE INTO device_keys VALUES (?, ?, ?)",
                       {key.kind, wire::as_bytes(key.value), id});
                if (db.failed()) return std::nullopt;
                if (db.changes() == 1) break;
                owner = owner_of(db, key.kind, key.value);
            }
            const auto other = owner ? read_by_id(writing, *owner) : std::nullopt;
            if (db.failed()) return std::nullopt;
            if (!other) {
                db.fail({Errc::failed, "the database is damaged: a key of no device"});
                return std::nullopt;
            }
            if (!give_up(writing, *other, key, from_disabled)) {
                remove_keys(writing, id, entered);
                return Twin{kind_of(key), other->record->device.endpoint.text()};
            }
        }
        entered.push_back(key);
    }
    return std::nullopt;
}

}  // namespace store
