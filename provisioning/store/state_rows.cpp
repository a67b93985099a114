#include "provisioning/store/state_rows.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "provisioning/store/state_document.h"

namespace store {
namespace {

// How long a credential is honoured that a record does not declare any more.
constexpr std::chrono::seconds default_grace{7 * 86400};

using Instances = std::span<const model::InstanceId>;

bool has(Instances list, model::InstanceId id) {
    return std::ranges::find(list, id) != list.end();
}

}  // namespace

std::string state_context(std::string_view endpoint) {
    return "state:" + std::string(endpoint);
}

DeviceState open_state(const Reading& reading, const std::string& endpoint,
                       const wire::Bytes& wrapped, const wire::Bytes& sealed) {
    if (wrapped.empty() && sealed.empty()) return {};
    const auto text = reading.vault.open({wrapped, sealed}, state_context(endpoint));
    auto state = text ? parse_state(*text) : std::nullopt;
    if (state) return std::move(*state);
    reading.db.fail({Errc::failed, "what is kept of the keys of the device \"" + endpoint +
                                       "\" does not open: it was damaged or altered; restore a "
                                       "backup"});
    return {};
}

void write_state(Writing& writing, std::int64_t id, const provisioning::Device& device,
                 const DeviceState& state) {
    const std::string& endpoint = device.endpoint.text();
    writing.changed.push_back(endpoint);
    if (is_empty(state)) {
        writing.db.run("DELETE FROM device_state WHERE device = ?", {id});
        return;
    }
    const crypto::Sealed sealed =
        writing.vault.seal(to_text(state).reveal(), state_context(endpoint), writing.random);
    const auto* const pending = state.keyring.pending();
    const std::int64_t unended = pending != nullptr && !pending->session_ended ? 1 : 0;
    Connection::Value tidy_at;
    if (const auto when = state.keyring.tidy_at(device.credentials)) tidy_at = to_row(*when);
    writing.db.run(
        "INSERT INTO device_state VALUES (?, ?, ?, ?, ?) ON CONFLICT (device) DO UPDATE SET"
        " state_wrapped = excluded.state_wrapped, state_sealed = excluded.state_sealed,"
        " unended = excluded.unended, tidy_at = excluded.tidy_at",
        {id, sealed.wrapped_key, sealed.octets, unended, tidy_at});
}

std::optional<Twin> change_state(Writing& writing, const DeviceRow& row, const DeviceState& state) {
    const provisioning::Device& device = row.record->device;
    const auto before = keys_of(*row.record);
    const auto after = keys_of(device, state.keyring);
    std::vector<KeyRow> lost, gained;
    std::ranges::set_difference(before, after, std::back_inserter(lost));
    std::ranges::set_difference(after, before, std::back_inserter(gained));
    if (auto twin = enter_keys(writing, row.id, gained, false)) return twin;
    remove_keys(writing, row.id, lost);
    write_state(writing, row.id, device, state);
    return std::nullopt;
}

void adapt(DeviceState& state, const provisioning::Device* before,
           const provisioning::Device& after, WallTime now) {
    const Instances listed = before == nullptr ? Instances() : Instances(before->purge);
    std::erase_if(state.to_purge,
                  [&](model::InstanceId id) { return has(listed, id) && !has(after.purge, id); });
    for (const model::InstanceId id : after.purge)
        if (!has(listed, id) && !has(state.to_purge, id)) state.to_purge.push_back(id);
    if (before == nullptr) return;
    const bool is_kept = !state.keyring.empty() || !before->file.empty() || !after.file.empty();
    if (is_kept)
        state.keyring.own_changed(before->credentials, after.credentials, now, default_grace);
}

}  // namespace store
