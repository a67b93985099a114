#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "provisioning/store/state_document.h"
#include "provisioning/store/state_rows.h"

// Devices that files declare, all or nothing.
namespace store {
namespace {

// What is known of a device's row without opening it.
struct Known {
    std::string file;
    bool disabled = false;
    wire::Bytes fingerprint;
};

std::optional<Known> read_known(Connection& db, std::string_view endpoint) {
    auto rows =
        db.query("SELECT file, disabled, fingerprint FROM devices WHERE endpoint = ?", {endpoint});
    if (!rows.next()) return std::nullopt;
    return Known{rows.text(0), rows.integer(1) != 0, rows.octets(2)};
}

// One that is new or differs.
struct Pending {
    std::size_t index = 0;
    crypto::Sha256 fingerprint{};
    std::int64_t id = 0;
    DeviceState state{};
};

class Seeding {
  public:
    Seeding(Writing& writing, const std::vector<provisioning::Device>& devices)
        : writing_(writing), devices_(devices) {}

    // Nothing of it stays when there were clashes.
    Store::Seeded run() {
        compare();
        if (stopped()) return failure();
        disable_the_rest();
        write();
        enter();
        if (stopped()) return failure();
        result_.written = pending_.size();
        return std::move(result_);
    }

  private:
    bool stopped() const { return writing_.db.failed() || !result_.clashes.empty(); }
    Store::Seeded failure() { return {0, 0, 0, std::move(result_.clashes)}; }

    void compare() {
        for (std::size_t i = 0; i < devices_.size() && !writing_.db.failed(); ++i) {
            const provisioning::Device& device = devices_[i];
            const std::string& endpoint = device.endpoint.text();
            if (!declared_.insert(endpoint).second) {
                result_.clashes.push_back({i, Twin{KeyKind::endpoint, endpoint}});
                continue;
            }
            const auto known = read_known(writing_.db, endpoint);
            if (known && known->file.empty()) {
                result_.clashes.push_back({i, std::monostate{}});
                continue;
            }
            const crypto::Sha256 fingerprint = writing_.vault.fingerprint(device);
            if (known && !known->disabled && crypto::equal(known->fingerprint, fingerprint))
                ++result_.unchanged;
            else
                pending_.push_back({i, fingerprint});
        }
    }

    void disable_the_rest() {
        std::vector<std::pair<std::int64_t, std::string>> gone;
        {
            auto rows = writing_.db.query(
                "SELECT id, endpoint FROM devices WHERE file <> '' AND disabled = 0");
            while (rows.next()) {
                std::string endpoint = rows.text(1);
                if (!declared_.contains(endpoint))
                    gone.emplace_back(rows.integer(0), std::move(endpoint));
            }
        }
        for (auto& [id, endpoint] : gone) {
            writing_.db.run(
                "UPDATE devices SET disabled = 1, revision = ?, updated = ? WHERE id = ?",
                {to_row(writing_.next_revision()), to_row(writing_.now), id});
            writing_.changed.push_back(std::move(endpoint));
        }
        result_.disabled = gone.size();
    }

    // All keys of what changes go before any comes, so that devices can exchange theirs.
    void write() {
        for (Pending& each : pending_) {
            const provisioning::Device& device = devices_[each.index];
            const auto stored = read_device(writing_, device.endpoint.text());
            if (writing_.db.failed()) return;
            if (stored) remove_keys(writing_, stored->id, held_keys(writing_, *stored));
            each.id = write_device(writing_, device, stored ? &*stored : nullptr,
                                   {false, each.fingerprint}, writing_.next_revision());
            if (stored) each.state = stored->record->state;
            const bool had_state = !is_empty(each.state);
            adapt(each.state, stored ? &stored->record->device : nullptr, device, writing_.now);
            if (had_state || !is_empty(each.state))
                write_state(writing_, each.id, device, each.state);
        }
    }

    // What devices declare comes before what they declared once, which yields.
    void enter() {
        for (const Pending& each : pending_) {
            if (writing_.db.failed()) return;
            if (auto twin = enter_keys(writing_, each.id, keys_of(devices_[each.index]), true))
                result_.clashes.push_back({each.index, std::move(*twin)});
        }
        for (Pending& each : pending_)
            if (!each.state.keyring.keys().empty() && !stopped()) enter_keyring(each);
    }

    void enter_keyring(Pending& each) {
        const provisioning::Device& device = devices_[each.index];
        provisioning::Keyring& keyring = each.state.keyring;
        bool changed = false;
        for (const wire::Bytes& identity : keyring.identities()) {
            const KeyRow key{row_kind(KeyKind::psk_identity), std::string(wire::as_text(identity))};
            auto twin = enter_keys(writing_, each.id, {key}, true);
            if (!twin) continue;
            if (keyring.give_up(identity))
                changed = true;
            else
                result_.clashes.push_back({each.index, std::move(*twin)});
        }
        if (changed) write_state(writing_, each.id, device, each.state);
    }

    Writing& writing_;
    const std::vector<provisioning::Device>& devices_;
    std::unordered_set<std::string> declared_;
    std::vector<Pending> pending_;
    Store::Seeded result_;
};

}  // namespace

Store::Seeded seed_devices(Writing& writing, const std::vector<provisioning::Device>& devices) {
    Connection& db = writing.db;
    db.run("SAVEPOINT seed");
    auto seeded = Seeding(writing, devices).run();
    if (db.failed()) return {};
    if (!seeded.clashes.empty()) db.run("ROLLBACK TO seed");
    db.run("RELEASE seed");
    return seeded;
}

}  // namespace store
