#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "provisioning/store/store.h"

// A Store in memory that answers at once, as far as the routes ask it for something. Cursors are
// what the real one's may be: anything.
class FakeStore final : public store::Store {
  public:
    std::map<std::string, store::DevicePointer> devices;
    std::map<std::string, std::pair<store::KeptAnswer, std::string>> answers;  // by caller and key
    std::vector<store::SessionRow> sessions;                                   // newest first
    std::vector<store::Stranger> known_strangers;
    std::vector<store::Delivery> deliveries;
    std::vector<store::AuditEntry> entries;
    std::vector<store::OutboxItem> told;
    // Instead of every answer.
    std::optional<store::Error> error;
    // Of import_devices(): kept back until release().
    bool hold_imports = false;
    std::vector<std::size_t> batches;
    std::optional<store::SessionFilter> last_session_filter;
    std::optional<store::DeviceFilter> last_device_filter;
    std::optional<store::AuditFilter> last_audit_filter;
    std::optional<store::DeliveryFilter> last_delivery_filter;
    // What came of what is made for devices.
    std::vector<store::IssueOrder> orders;
    std::optional<store::IssueResult> issue_answer;
    std::vector<std::pair<std::string, std::vector<std::string>>> shared;
    std::vector<store::CredentialProof> proofs;
    provisioning::Keyring::Proved proved = provisioning::Keyring::Proved::nothing_new;
    std::vector<store::RotationOrder> rotations;

    std::size_t held() const { return held_.size(); }
    void release() {
        const auto all = std::exchange(held_, {});
        for (const auto& each : all) each();
    }

    store::DevicePointer cached(const store::DeviceKey&) override { return nullptr; }
    void find_device(store::DeviceKey key, store::Then<store::DevicePointer> then) override {
        give(then, find(key));
    }
    void find_devices(std::vector<store::DeviceKey> keys, std::optional<store::EventId>,
                      store::Then<Found> then) override {
        Found found;
        for (const auto& key : keys) found.devices.push_back(find(key));
        give(then, found);
    }
    void put_device(provisioning::DeviceChange change, store::Precondition precondition,
                    store::AuditEntry entry, store::Then<store::PutResult> then) override {
        if (error) return give(then, store::PutResult{});
        const auto result = put(change, precondition);
        if (std::holds_alternative<store::Stored>(result)) entries.push_back(entry);
        give(then, result);
    }
    void remove_device(std::string endpoint, store::Precondition precondition,
                       store::AuditEntry entry, store::Then<store::RemoveResult> then) override {
        const auto found = devices.find(endpoint);
        const auto* record = found == devices.end() ? nullptr : found->second.get();
        if (auto failure = check(precondition, record))
            return give(then, store::RemoveResult(*failure));
        if (record == nullptr) return give(then, store::RemoveResult(store::NotThere{}));
        if (!record->device.file.empty())
            return give(then, store::RemoveResult(store::OwnedByFile{record->device.file}));
        devices.erase(found);
        entries.push_back(entry);
        give(then, store::RemoveResult(store::Removed{}));
    }
    void import_devices(std::vector<provisioning::DeviceChange> changes, store::AuditEntry entry,
                        store::Then<std::vector<store::PutResult>> then) override {
        batches.push_back(changes.size());
        std::vector<store::PutResult> results;
        if (!error)
            for (const auto& change : changes) results.push_back(put(change, {}));
        entries.push_back(entry);
        if (!hold_imports) return give(then, results);
        held_.emplace_back([this, then, results] { give(then, results); });
    }
    void list_devices(store::DeviceFilter filter,
                      store::Then<store::PageOf<store::DevicePointer>> then) override {
        last_device_filter = filter;
        store::PageOf<store::DevicePointer> page;
        for (const auto& [endpoint, record] : devices) {
            if (filter.page.after && endpoint <= *filter.page.after) continue;
            if (page.items.size() == filter.page.limit) {
                page.next = page.items.back()->device.endpoint.text();
                break;
            }
            page.items.push_back(record);
        }
        give(then, page);
    }
    // Grants what is asked for, until `issue_answer` says something else.
    void issue(store::IssueOrder order, store::Then<store::IssueResult> then) override {
        orders.push_back(order);
        if (issue_answer) return give(then, *issue_answer);
        provisioning::Issued issued;
        issued.secrets = std::move(order.made);
        if (order.replacement) issued.replacement = std::move(order.fresh);
        give(then, store::IssueResult(std::move(issued)));
    }
    void secrets_shared(std::string endpoint, std::vector<std::string> names,
                        store::Then<void> then) override {
        shared.emplace_back(std::move(endpoint), std::move(names));
        give(then);
    }
    void credential_proved(store::CredentialProof proof,
                           store::Then<provisioning::Keyring::Proved> then) override {
        proofs.push_back(std::move(proof));
        give(then, proved);
    }
    // Those of the filter, as far as there are devices.
    void order_rotation(store::RotationOrder order, store::AuditEntry entry,
                        store::Then<store::RotationOrdered> then) override {
        store::RotationOrdered ordered;
        for (const auto& [endpoint, record] : devices) {
            const bool is_one = (!order.endpoint || *order.endpoint == endpoint) &&
                                (!order.profile || *order.profile == record->device.profile) &&
                                (!order.prefix || endpoint.starts_with(*order.prefix)) &&
                                endpoint > order.after && ordered.size() < order.limit;
            if (is_one) ordered.push_back(endpoint);
        }
        rotations.push_back(std::move(order));
        if (!error && !ordered.empty()) entries.push_back(std::move(entry));
        give(then, ordered);
    }
    void seed_devices(std::vector<provisioning::Device>, store::Then<Seeded> then) override {
        give(then, Seeded{});
    }
    void count_devices(store::Then<DeviceCounts> then) override {
        give(then, DeviceCounts{devices.size(), 0});
    }
    void profiles_in_use(store::Then<std::vector<std::string>> then) override { give(then, {}); }

    void profiles(store::Then<std::vector<store::ProfileRecord>> then) override { give(then, {}); }
    void put_profile(std::string, std::string, store::Precondition, store::AuditEntry,
                     store::Then<store::PutResult> then) override {
        give(then, store::PutResult(store::Stored{}));
    }
    void remove_profile(std::string, store::Precondition, store::AuditEntry,
                        store::Then<store::RemoveResult> then) override {
        give(then, store::RemoveResult(store::Removed{}));
    }

    void end_session(store::SessionRow row, std::vector<store::OutboxItem>,
                     store::Then<void> then) override {
        sessions.insert(sessions.begin(), std::move(row));
        give(then);
    }
    void session(std::string id, store::Then<std::optional<store::SessionRow>> then) override {
        std::optional<store::SessionRow> found;
        for (const auto& row : sessions)
            if (row.id == id) found = row;
        give(then, found);
    }
    void list_sessions(store::SessionFilter filter,
                       store::Then<store::PageOf<store::SessionRow>> then) override {
        last_session_filter = filter;
        give(then, page_of(sessions, filter.page));
    }

    void accept_attach(store::AttachRow, std::optional<store::EventId>,
                       store::Then<void> then) override {
        give(then);
    }
    void attaches(store::Then<std::vector<store::AttachRow>> then) override { give(then, {}); }
    void remember_stranger(store::Stranger, store::Then<void> then) override { give(then); }
    void list_strangers(store::Page page,
                        store::Then<store::PageOf<store::Stranger>> then) override {
        give(then, page_of(known_strangers, page));
    }
    void forget_strangers(store::AuditEntry entry, store::Then<std::uint64_t> then) override {
        entries.push_back(entry);
        give(then, std::uint64_t{std::exchange(known_strangers, {}).size()});
    }

    void tell(std::vector<store::OutboxItem> items, store::Then<void> then) override {
        told.insert(told.end(), items.begin(), items.end());
        give(then);
    }
    void due_deliveries(store::WallTime, std::size_t,
                        store::Then<std::vector<store::Delivery>> then) override {
        give(then, {});
    }
    void next_delivery(store::Then<std::optional<store::WallTime>> then) override {
        give(then, {});
    }
    void delivered(std::uint64_t, store::Then<void> then) override { give(then); }
    void delivery_failed(std::uint64_t, store::WallTime, std::string,
                         store::Then<void> then) override {
        give(then);
    }
    void drop_delivery(std::uint64_t sequence, store::AuditEntry entry,
                       store::Then<store::RemoveResult> then) override {
        const auto dropped =
            std::erase_if(deliveries, [&](const auto& each) { return each.sequence == sequence; });
        if (dropped == 0) return give(then, store::RemoveResult(store::NotThere{}));
        entries.push_back(entry);
        give(then, store::RemoveResult(store::Removed{}));
    }
    void list_deliveries(store::DeliveryFilter filter,
                         store::Then<store::PageOf<store::Delivery>> then) override {
        last_delivery_filter = filter;
        give(then, page_of(deliveries, filter.page));
    }

    void audit(store::AuditEntry entry, store::Then<void> then) override {
        entries.push_back(entry);
        give(then);
    }
    void list_audit(store::AuditFilter filter,
                    store::Then<store::PageOf<store::AuditRow>> then) override {
        last_audit_filter = filter;
        std::vector<store::AuditRow> rows;
        for (const auto& entry : entries) rows.push_back({rows.size() + 1, {}, entry});
        give(then, page_of(rows, filter.page));
    }
    void kept_answer(std::string caller, std::string key,
                     store::Then<std::optional<store::KeptAnswer>> then) override {
        const auto found = answers.find(caller + "\n" + key);
        std::optional<store::KeptAnswer> answer;
        if (found != answers.end()) answer = found->second.first;
        give(then, answer);
    }
    void keep_answer(std::string caller, std::string key, store::KeptAnswer answer,
                     store::Then<store::KeptAnswer> then) override {
        const auto entry = answers.try_emplace(caller + "\n" + key, std::pair(answer, key)).first;
        give(then, entry->second.first);
    }

    void backup(std::filesystem::path, store::Then<void> then) override { give(then); }
    Statistics statistics() const override { return {}; }

  private:
    template <class T>
    void give(const store::Then<T>& then, std::type_identity_t<T> value) {
        if (error) return then(*error);
        then(std::move(value));
    }
    void give(const store::Then<void>& then) {
        if (error) return then(*error);
        then(store::Result<void>());
    }

    template <class T>
    static store::PageOf<T> page_of(const std::vector<T>& all, const store::Page& page) {
        store::PageOf<T> out;
        const std::size_t begin = page.after ? std::stoul(*page.after) : 0;
        const std::size_t end = std::min(all.size(), begin + page.limit);
        for (std::size_t i = begin; i < end; ++i) out.items.push_back(all[i]);
        if (end < all.size()) out.next = std::to_string(end);
        return out;
    }

    store::DevicePointer find(const store::DeviceKey& key) const {
        using Kind = store::KeyKind;
        for (const auto& [endpoint, record] : devices) {
            const auto& device = record->device;
            const auto& ids = device.identifiers;
            const auto& psk = device.credentials.psk;
            const auto& x509 = device.credentials.x509;
            const auto has = [&](const std::vector<crypto::Sha256>& digests) {
                return std::any_of(digests.begin(), digests.end(), [&](const auto& digest) {
                    return wire::as_text(digest) == key.value;
                });
            };
            const auto identities = record->state.keyring.identities();
            const auto is_identity = [&](const wire::Bytes& identity) {
                return wire::as_text(identity) == key.value;
            };
            const bool is_it = (key.kind == Kind::endpoint && endpoint == key.value) ||
                               (key.kind == Kind::imsi && ids.imsi == key.value) ||
                               (key.kind == Kind::imei && ids.imei == key.value) ||
                               (key.kind == Kind::iccid && ids.iccid == key.value) ||
                               (key.kind == Kind::msisdn && ids.msisdn == key.value) ||
                               (key.kind == Kind::external_id && ids.external_id == key.value) ||
                               (key.kind == Kind::psk_identity && psk &&
                                wire::as_text(psk->identity) == key.value) ||
                               (key.kind == Kind::psk_identity &&
                                std::any_of(identities.begin(), identities.end(), is_identity)) ||
                               (key.kind == Kind::certificate && x509 && has(x509->certificates)) ||
                               (key.kind == Kind::public_key && x509 && has(x509->keys));
            if (is_it) return record;
        }
        return nullptr;
    }

    static std::optional<store::PreconditionFailed> check(const store::Precondition& precondition,
                                                          const store::DeviceRecord* record) {
        const auto current = record == nullptr ? std::nullopt : std::optional(record->revision);
        const bool fails =
            (precondition.must_be_new && record != nullptr) ||
            (precondition.must_exist && record == nullptr) ||
            (precondition.is_one_of &&
             (!current || std::ranges::count(*precondition.is_one_of, *current) == 0));
        if (!fails) return std::nullopt;
        return store::PreconditionFailed{current};
    }

    store::PutResult put(const provisioning::DeviceChange& change,
                         const store::Precondition& precondition) {
        const std::string& endpoint = change.device.endpoint.text();
        const auto found = devices.find(endpoint);
        const auto* stored = found == devices.end() ? nullptr : found->second.get();
        if (auto failure = check(precondition, stored)) return *failure;
        if (stored != nullptr && !stored->device.file.empty())
            return store::OwnedByFile{stored->device.file};
        if (change.device.identifiers.imsi)
            if (const auto twin = find({store::KeyKind::imsi, *change.device.identifiers.imsi});
                twin && twin->device.endpoint.text() != endpoint)
                return store::Twin{store::KeyKind::imsi, twin->device.endpoint.text()};
        auto applied = provisioning::apply(change, stored == nullptr ? nullptr : &stored->device);
        if (auto* pointer = std::get_if<std::string>(&applied))
            return store::NothingToKeep{*pointer};
        const store::Revision revision{++last_revision_};
        const bool created = stored == nullptr;
        devices[endpoint] = std::make_shared<store::DeviceRecord>(
            store::DeviceRecord{std::get<provisioning::Device>(applied), revision, false, {}, {}});
        return store::Stored{revision, created};
    }

    std::vector<std::function<void()>> held_;
    std::uint64_t last_revision_ = 0;
};
