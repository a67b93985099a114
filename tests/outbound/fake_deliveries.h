#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "provisioning/store/store.h"
#include "server/asio.h"

// A store that has webhooks' messages and nothing else. As the real one it answers on a thread of
// its own; unlike it, it forgets when it goes.
class FakeDeliveries final : public store::Store {
  public:
    ~FakeDeliveries() override { thread_.join(); }

    std::uint64_t add(store::OutboxItem item, store::WallTime created) {
        const std::lock_guard lock(mutex_);
        store::Delivery delivery;
        delivery.sequence = ++last_;
        delivery.item = std::move(item);
        delivery.created = delivery.due = created;
        waiting_.emplace(delivery.sequence, std::move(delivery));
        return last_;
    }
    std::vector<store::Delivery> waiting() const {
        const std::lock_guard lock(mutex_);
        std::vector<store::Delivery> all;
        for (const auto& [sequence, delivery] : waiting_) all.push_back(delivery);
        return all;
    }
    std::vector<store::AuditEntry> audited() const {
        const std::lock_guard lock(mutex_);
        return audited_;
    }
    // The next so many changes fail.
    void fail_changes(unsigned count) {
        const std::lock_guard lock(mutex_);
        failing_ = count;
    }

    void due_deliveries(store::WallTime now, std::size_t limit,
                        store::Then<std::vector<store::Delivery>> then) override {
        boost::asio::post(thread_, [this, now, limit, then = std::move(then)] {
            std::vector<store::Delivery> due;
            {
                const std::lock_guard lock(mutex_);
                std::set<std::pair<std::string, std::string>> seen;
                std::map<std::string, std::size_t> count;
                for (const auto& [sequence, delivery] : waiting_)
                    if (seen.emplace(delivery.item.hook, delivery.item.endpoint).second &&
                        delivery.due <= now && ++count[delivery.item.hook] <= limit)
                        due.push_back(delivery);
            }
            then(std::move(due));
        });
    }
    void next_delivery(store::Then<std::optional<store::WallTime>> then) override {
        boost::asio::post(thread_, [this, then = std::move(then)] {
            std::optional<store::WallTime> next;
            {
                const std::lock_guard lock(mutex_);
                std::set<std::pair<std::string, std::string>> seen;
                for (const auto& [sequence, delivery] : waiting_)
                    if (seen.emplace(delivery.item.hook, delivery.item.endpoint).second &&
                        (!next || delivery.due < *next))
                        next = delivery.due;
            }
            then(next);
        });
    }
    void delivered(std::uint64_t sequence, store::Then<void> then) override {
        change<void>(std::move(then), [this, sequence] { waiting_.erase(sequence); });
    }
    void delivery_failed(std::uint64_t sequence, store::WallTime due, std::string error,
                         store::Then<void> then) override {
        change<void>(std::move(then), [this, sequence, due, error = std::move(error)] {
            const auto found = waiting_.find(sequence);
            if (found == waiting_.end()) return;
            ++found->second.attempts;
            found->second.due = due;
            found->second.last_error = error;
        });
    }
    void drop_delivery(std::uint64_t sequence, store::AuditEntry entry,
                       store::Then<store::RemoveResult> then) override {
        change<store::RemoveResult>(std::move(then), [this, sequence, entry = std::move(entry)] {
            waiting_.erase(sequence);
            audited_.push_back(entry);
        });
    }

    // What nobody here asks for.
    store::DevicePointer cached(const store::DeviceKey&) override { return nullptr; }
    void find_device(store::DeviceKey, store::Then<store::DevicePointer>) override {}
    void find_devices(std::vector<store::DeviceKey>, std::optional<store::EventId>,
                      store::Then<Found>) override {}
    void put_device(provisioning::DeviceChange, store::Precondition, store::AuditEntry,
                    store::Then<store::PutResult>) override {}
    void remove_device(std::string, store::Precondition, store::AuditEntry,
                       store::Then<store::RemoveResult>) override {}
    void import_devices(std::vector<provisioning::DeviceChange>, store::AuditEntry,
                        store::Then<std::vector<store::PutResult>>) override {}
    void list_devices(store::DeviceFilter,
                      store::Then<store::PageOf<store::DevicePointer>>) override {}
    void tell(std::vector<store::OutboxItem>, store::Then<void>) override {}
    void issue(store::IssueOrder, store::Then<store::IssueResult> then) override {
        then(store::Error{store::Errc::failed, "not available"});
    }
    void secrets_shared(std::string, std::vector<std::string>, store::Then<void> then) override {
        then(store::Error{store::Errc::failed, "not available"});
    }
    void credential_proved(store::CredentialProof,
                           store::Then<provisioning::Keyring::Proved> then) override {
        then(store::Error{store::Errc::failed, "not available"});
    }
    void order_rotation(store::RotationOrder, store::AuditEntry,
                        store::Then<store::RotationOrdered> then) override {
        then(store::Error{store::Errc::failed, "not available"});
    }
    void seed_devices(std::vector<provisioning::Device>, store::Then<Seeded>) override {}
    void count_devices(store::Then<DeviceCounts>) override {}
    void profiles_in_use(store::Then<std::vector<std::string>>) override {}
    void profiles(store::Then<std::vector<store::ProfileRecord>>) override {}
    void put_profile(std::string, std::string, store::Precondition, store::AuditEntry,
                     store::Then<store::PutResult>) override {}
    void remove_profile(std::string, store::Precondition, store::AuditEntry,
                        store::Then<store::RemoveResult>) override {}
    void end_session(store::SessionRow, std::vector<store::OutboxItem>,
                     store::Then<void>) override {}
    void session(std::string, store::Then<std::optional<store::SessionRow>>) override {}
    void list_sessions(store::SessionFilter,
                       store::Then<store::PageOf<store::SessionRow>>) override {}
    void accept_attach(store::AttachRow, std::optional<store::EventId>,
                       store::Then<void>) override {}
    void attaches(store::Then<std::vector<store::AttachRow>>) override {}
    void remember_stranger(store::Stranger, store::Then<void>) override {}
    void list_strangers(store::Page, store::Then<store::PageOf<store::Stranger>>) override {}
    void forget_strangers(store::AuditEntry, store::Then<std::uint64_t>) override {}
    void list_deliveries(store::DeliveryFilter,
                         store::Then<store::PageOf<store::Delivery>>) override {}
    void audit(store::AuditEntry, store::Then<void>) override {}
    void list_audit(store::AuditFilter, store::Then<store::PageOf<store::AuditRow>>) override {}
    void kept_answer(std::string, std::string,
                     store::Then<std::optional<store::KeptAnswer>>) override {}
    void keep_answer(std::string, std::string, store::KeptAnswer,
                     store::Then<store::KeptAnswer>) override {}
    void backup(std::filesystem::path, store::Then<void>) override {}
    Statistics statistics() const override { return {}; }

  private:
    template <class T, class Do>
    void change(store::Then<T> then, Do what) {
        boost::asio::post(thread_, [this, then = std::move(then), what = std::move(what)] {
            bool failed = false;
            {
                const std::lock_guard lock(mutex_);
                if (failing_ > 0) {
                    --failing_;
                    failed = true;
                } else {
                    what();
                }
            }
            if (failed)
                then(store::Error{store::Errc::disk_full, "no room"});
            else if constexpr (std::is_void_v<T>)
                then(store::Result<void>());
            else
                then(store::Result<T>(store::Removed{}));
        });
    }

    mutable std::mutex mutex_;
    std::map<std::uint64_t, store::Delivery> waiting_;
    std::vector<store::AuditEntry> audited_;
    std::uint64_t last_ = 0;
    unsigned failing_ = 0;
    boost::asio::thread_pool thread_{1};
};
