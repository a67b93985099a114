#include "provisioning/store/sqlite.h"

#include "provisioning/store/file_lock.h"
#include "provisioning/store/sqlite_backup.h"
#include "provisioning/store/sqlite_reader.h"
#include "provisioning/store/sqlite_schema.h"
#include "provisioning/store/sqlite_writer.h"

namespace store {
namespace {

using Place = Operation::Place;

// A device, and from when.
struct Looked {
    DevicePointer device;
    DeviceCache::Ticket ticket{};
};
struct LookedForAll {
    Store::Found found;
    DeviceCache::Ticket ticket{};
};

// A change of this kind is in the audit log when it was made.
bool was_made(const PutResult& result) {
    return std::holds_alternative<Stored>(result);
}
bool was_made(const RemoveResult& result) {
    return std::holds_alternative<Removed>(result);
}

class SqliteStore final : public Store {
  public:
    SqliteStore(const SqliteOptions& options, std::unique_ptr<wire::Random> random)
        : options_(options),
          random_(std::move(random)),
          vault_(options.keys),
          cache_(options.cached_devices) {}

    ~SqliteStore() override {
        // What the writer passes on is still done.
        if (finder_) finder_->stop();
        if (writer_) writer_->stop();
        if (lister_) lister_->stop();
    }
    SqliteStore(const SqliteStore&) = delete;
    SqliteStore& operator=(const SqliteStore&) = delete;

    // What is wrong; nothing when it is open.
    std::optional<std::string> open() {
        const auto& file = options_.file;
        if (options_.keys.empty()) return "the store has no master key; name a key's file";
        if (!file.empty()) {
            auto lock = FileLock::take(file);
            if (!lock) return lock.error();
            lock_ = std::move(*lock);
        }
        auto db = Connection::open(file, options_.vfs);
        if (!db) return db.error();
        writing_ = std::move(*db);
        if (auto problem = prepare_to_write(*writing_, file)) return problem;
        if (auto problem = unlock_vault()) return problem;
        if (!file.empty()) {
            if (auto problem = add_reader(finder_, SqliteReader::Mode::together)) return problem;
            if (auto problem = add_reader(lister_, SqliteReader::Mode::singly)) return problem;
        }
        writer_ = std::make_unique<SqliteWriter>(
            SqliteWriter::Surroundings{*writing_, vault_, *random_, options_.retention, cache_,
                                       counters_, lister_ ? &lister_->queue() : nullptr},
            options_.queue, options_.group);
        if (finder_) finder_->start();
        if (lister_) lister_->start();
        writer_->start();
        return std::nullopt;
    }

    DevicePointer cached(const DeviceKey& key) override { return cache_.find(key); }

    void find_device(DeviceKey key, Then<DevicePointer> then) override {
        auto look = [this, key](const Reading& reading) {
            if (auto device = cache_.find(key)) return Looked{std::move(device), reading.ticket};
            return Looked{store::find_device(reading, key), reading.ticket};
        };
        submit<Looked>(finding(), Place::within, std::move(look),
                       [this, key, then = std::move(then)](Result<Looked> looked) {
                           if (!looked) return then(looked.error());
                           cache_.put(key, looked->device, looked->ticket);
                           then(std::move(looked->device));
                       });
    }

    void find_devices(std::vector<DeviceKey> keys, std::optional<EventId> event,
                      Then<Found> then) override {
        auto look = [keys, event = std::move(event)](const Reading& reading) {
            return LookedForAll{store::find_devices(reading, keys, event), reading.ticket};
        };
        submit<LookedForAll>(finding(), Place::within, std::move(look),
                             [this, keys, then = std::move(then)](Result<LookedForAll> looked) {
                                 if (!looked) return then(looked.error());
                                 for (std::size_t i = 0; i < keys.size(); ++i)
                                     cache_.put(keys[i], looked->found.devices[i], looked->ticket);
                                 then(std::move(looked->found));
                             });
    }

    void put_device(provisioning::DeviceChange change, Precondition precondition, AuditEntry entry,
                    Then<PutResult> then) override {
        write<PutResult>(
            [change = std::move(change), precondition = std::move(precondition),
             entry = std::move(entry)](Writing& writing) {
                return audited(writing, entry, store::put_device(writing, change, precondition));
            },
            std::move(then));
    }

    void remove_device(std::string endpoint, Precondition precondition, AuditEntry entry,
                       Then<RemoveResult> then) override {
        write<RemoveResult>(
            [endpoint = std::move(endpoint), precondition = std::move(precondition),
             entry = std::move(entry)](Writing& writing) {
                return audited(writing, entry,
                               store::remove_device(writing, endpoint, precondition));
            },
            std::move(then));
    }

    void import_devices(std::vector<provisioning::DeviceChange> changes, AuditEntry entry,
                        Then<std::vector<PutResult>> then) override {
        write<std::vector<PutResult>>(
            [changes = std::move(changes), entry = std::move(entry)](Writing& writing) {
                std::vector<PutResult> results;
                results.reserve(changes.size());
                bool some = false;
                for (const auto& change : changes) {
                    results.push_back(store::put_device(writing, change, {}));
                    some = some || was_made(results.back());
                }
                if (some) add_audit(writing, entry);
                return results;
            },
            std::move(then));
    }

    void list_devices(DeviceFilter filter, Then<PageOf<DevicePointer>> then) override {
        list<PageOf<DevicePointer>>(
            [filter = std::move(filter)](const Reading& reading) {
                return store::list_devices(reading, filter);
            },
            std::move(then));
    }

    void issue(IssueOrder order, Then<IssueResult> then) override {
        write<IssueResult>(
            [order = std::move(order)](Writing& writing) { return store::issue(writing, order); },
            std::move(then));
    }

    void secrets_shared(std::string endpoint, std::vector<std::string> names,
                        Then<void> then) override {
        write<void>([endpoint = std::move(endpoint), names = std::move(names)](
                        Writing& writing) { store::secrets_shared(writing, endpoint, names); },
                    std::move(then));
    }

    void credential_proved(CredentialProof proof,
                           Then<provisioning::Keyring::Proved> then) override {
        write<provisioning::Keyring::Proved>(
            [proof = std::move(proof)](Writing& writing) {
                return store::credential_proved(writing, proof);
            },
            std::move(then));
    }

    void order_rotation(RotationOrder order, AuditEntry entry,
                        Then<RotationOrdered> then) override {
        write<RotationOrdered>(
            [order = std::move(order), entry = std::move(entry)](Writing& writing) {
                RotationOrdered ordered = store::order_rotation(writing, order);
                if (!ordered.empty()) add_audit(writing, entry);
                return ordered;
            },
            std::move(then));
    }

    void seed_devices(std::vector<provisioning::Device> devices, Then<Seeded> then) override {
        write<Seeded>([devices = std::move(devices)](
                          Writing& writing) { return store::seed_devices(writing, devices); },
                      std::move(then));
    }

    void count_devices(Then<DeviceCounts> then) override {
        list<DeviceCounts>(store::count_devices, std::move(then));
    }

    void profiles_in_use(Then<std::vector<std::string>> then) override {
        list<std::vector<std::string>>(store::profiles_in_use, std::move(then));
    }

    void profiles(Then<std::vector<ProfileRecord>> then) override {
        list<std::vector<ProfileRecord>>(store::profiles, std::move(then));
    }

    void put_profile(std::string name, std::string text, Precondition precondition,
                     AuditEntry entry, Then<PutResult> then) override {
        model::Secret sealed(wire::as_bytes(text), model::Secret::Kind::text);
        model::wipe(text.data(), text.size());
        write<PutResult>(
            [name = std::move(name), text = std::move(sealed),
             precondition = std::move(precondition), entry = std::move(entry)](Writing& writing) {
                return audited(writing, entry,
                               store::put_profile(writing, name, text.reveal(), precondition));
            },
            std::move(then));
    }

    void remove_profile(std::string name, Precondition precondition, AuditEntry entry,
                        Then<RemoveResult> then) override {
        write<RemoveResult>(
            [name = std::move(name), precondition = std::move(precondition),
             entry = std::move(entry)](Writing& writing) {
                return audited(writing, entry, store::remove_profile(writing, name, precondition));
            },
            std::move(then));
    }

    void end_session(SessionRow row, std::vector<OutboxItem> items, Then<void> then) override {
        write<void>([row = std::move(row), items = std::move(items)](
                        Writing& writing) { store::end_session(writing, row, items); },
                    std::move(then));
    }

    void tell(std::vector<OutboxItem> items, Then<void> then) override {
        write<void>(
            [items = std::move(items)](Writing& writing) {
                for (const OutboxItem& item : items) store::add_delivery(writing, item);
            },
            std::move(then));
    }

    void session(std::string id, Then<std::optional<SessionRow>> then) override {
        read<std::optional<SessionRow>>(
            [id = std::move(id)](const Reading& reading) { return store::session(reading, id); },
            std::move(then));
    }

    void list_sessions(SessionFilter filter, Then<PageOf<SessionRow>> then) override {
        list<PageOf<SessionRow>>(
            [filter = std::move(filter)](const Reading& reading) {
                return store::list_sessions(reading, filter);
            },
            std::move(then));
    }

    void accept_attach(AttachRow row, std::optional<EventId> event, Then<void> then) override {
        write<void>([row = std::move(row), event = std::move(event)](
                        Writing& writing) { store::accept_attach(writing, row, event); },
                    std::move(then));
    }

    void attaches(Then<std::vector<AttachRow>> then) override {
        list<std::vector<AttachRow>>(store::attaches, std::move(then));
    }

    void remember_stranger(Stranger stranger, Then<void> then) override {
        write<void>([stranger = std::move(stranger)](
                        Writing& writing) { store::remember_stranger(writing, stranger); },
                    std::move(then));
    }

    void list_strangers(Page page, Then<PageOf<Stranger>> then) override {
        list<PageOf<Stranger>>(
            [page = std::move(page)](const Reading& reading) {
                return store::list_strangers(reading, page);
            },
            std::move(then));
    }

    void forget_strangers(AuditEntry entry, Then<std::uint64_t> then) override {
        write<std::uint64_t>(
            [entry = std::move(entry)](Writing& writing) {
                const std::uint64_t forgotten = store::forget_strangers(writing);
                add_audit(writing, entry);
                return forgotten;
            },
            std::move(then));
    }

    void due_deliveries(WallTime now, std::size_t limit,
                        Then<std::vector<Delivery>> then) override {
        read<std::vector<Delivery>>(
            [now, limit](const Reading& reading) {
                return store::due_deliveries(reading, now, limit);
            },
            std::move(then));
    }

    void next_delivery(Then<std::optional<WallTime>> then) override {
        read<std::optional<WallTime>>(store::next_delivery, std::move(then));
    }

    void delivered(std::uint64_t sequence, Then<void> then) override {
        write<void>([sequence](Writing& writing) { store::delivered(writing, sequence); },
                    std::move(then));
    }

    void delivery_failed(std::uint64_t sequence, WallTime due, std::string error,
                         Then<void> then) override {
        write<void>(
            [sequence, due, error = std::move(error)](Writing& writing) {
                store::delivery_failed(writing, sequence, due, error);
            },
            std::move(then));
    }

    void drop_delivery(std::uint64_t sequence, AuditEntry entry, Then<RemoveResult> then) override {
        write<RemoveResult>(
            [sequence, entry = std::move(entry)](Writing& writing) {
                RemoveResult result = NotThere{};
                if (store::delivered(writing, sequence)) result = Removed{};
                return audited(writing, entry, std::move(result));
            },
            std::move(then));
    }

    void list_deliveries(DeliveryFilter filter, Then<PageOf<Delivery>> then) override {
        list<PageOf<Delivery>>(
            [filter = std::move(filter)](const Reading& reading) {
                return store::list_deliveries(reading, filter);
            },
            std::move(then));
    }

    void audit(AuditEntry entry, Then<void> then) override {
        write<void>([entry = std::move(entry)](Writing& writing) { add_audit(writing, entry); },
                    std::move(then));
    }

    void list_audit(AuditFilter filter, Then<PageOf<AuditRow>> then) override {
        list<PageOf<AuditRow>>(
            [filter = std::move(filter)](const Reading& reading) {
                return store::list_audit(reading, filter);
            },
            std::move(then));
    }

    void kept_answer(std::string caller, std::string key,
                     Then<std::optional<KeptAnswer>> then) override {
        read<std::optional<KeptAnswer>>(
            [caller = std::move(caller), key = std::move(key)](const Reading& reading) {
                return store::kept_answer(reading, caller, key);
            },
            std::move(then));
    }

    void keep_answer(std::string caller, std::string key, KeptAnswer answer,
                     Then<KeptAnswer> then) override {
        write<KeptAnswer>(
            [caller = std::move(caller), key = std::move(key), answer = std::move(answer)](
                Writing& writing) { return store::keep_answer(writing, caller, key, answer); },
            std::move(then));
    }

    void backup(std::filesystem::path file, Then<void> then) override {
        list<void>([file = std::move(file)](const Reading& reading) { back_up(reading.db, file); },
                   std::move(then));
    }

    Statistics statistics() const override {
        Statistics now;
        now.reads = counters_.reads;
        now.writes = counters_.writes;
        now.transactions = counters_.transactions;
        now.failures = counters_.failures;
        now.rejected = counters_.rejected;
        now.dropped_deliveries = counters_.dropped;
        now.waiting = writer_->queue().size();
        if (finder_) now.waiting += finder_->queue().size();
        if (lister_) now.waiting += lister_->queue().size();
        now.wrapped_by_old_keys = counters_.wrapped_by_old_keys;
        now.pending_attaches = counters_.pending_attaches;
        now.pending_deliveries = counters_.pending_deliveries;
        return now;
    }

  private:
    template <class T>
    static T audited(Writing& writing, const AuditEntry& entry, T result) {
        if (was_made(result)) add_audit(writing, entry);
        return result;
    }

    std::optional<std::string> unlock_vault() {
        Writing first{{*writing_, vault_}, *random_, options_.retention, {}, 0, {}, 0};
        const std::string name =
            options_.file.empty() ? "the database in memory" : options_.file.string();
        first.now = wall_time();
        writing_->run("BEGIN IMMEDIATE");
        if (auto problem = unlock(first, vault_)) return name + " " + *problem;
        interrupt_sessions(first);
        writing_->run("COMMIT");
        if (writing_->failed()) return name + ": " + writing_->take_error().text;
        return std::nullopt;
    }

    std::optional<std::string> add_reader(std::unique_ptr<SqliteReader>& reader,
                                          SqliteReader::Mode mode) {
        auto db = Connection::open(options_.file, options_.vfs);
        if (!db) return db.error();
        if (auto problem = prepare_to_read(**db, options_.file)) return problem;
        reader = std::make_unique<SqliteReader>(
            SqliteReader::Surroundings{std::move(*db), vault_, cache_, counters_}, options_.queue,
            mode);
        return std::nullopt;
    }

    OperationQueue& finding() { return finder_ ? finder_->queue() : writer_->queue(); }

    template <class T, class Function>
    void submit(OperationQueue& queue, Place place, Function function, Then<T> then) {
        std::unique_ptr<Operation> operation =
            std::make_unique<OperationOf<T, Function>>(place, std::move(function), std::move(then));
        switch (queue.put(operation)) {
            case OperationQueue::Put::accepted:
                return;
            case OperationQueue::Put::full: {
                counters_.rejected += 1;
                const Error error{Errc::busy, "too much waits for the store"};
                return operation->finish(&error);
            }
            case OperationQueue::Put::closed: {
                const Error error{Errc::closed, "the store is being closed"};
                return operation->finish(&error);
            }
        }
    }
    template <class T, class Function>
    void write(Function function, Then<T> then) {
        submit<T>(writer_->queue(), Place::within, std::move(function), std::move(then));
    }
    // What takes moments, among the writes.
    template <class T, class Function>
    void read(Function function, Then<T> then) {
        submit<T>(writer_->queue(), Place::within, std::move(function), std::move(then));
    }
    // What may take long, behind the writes that were handed in before.
    template <class T, class Function>
    void list(Function function, Then<T> then) {
        submit<T>(writer_->queue(), Place::afterwards, std::move(function), std::move(then));
    }

    SqliteOptions options_;
    std::unique_ptr<wire::Random> random_;
    std::unique_ptr<FileLock> lock_;
    Vault vault_;
    DeviceCache cache_;
    SqliteCounters counters_;
    std::unique_ptr<Connection> writing_;
    std::unique_ptr<SqliteReader> finder_, lister_;
    std::unique_ptr<SqliteWriter> writer_;
};

}  // namespace

boost::system::result<std::unique_ptr<Store>, std::string> open_sqlite(
    const SqliteOptions& options, std::unique_ptr<wire::Random> random) {
    auto store = std::make_unique<SqliteStore>(options, std::move(random));
    if (auto problem = store->open()) return std::move(*problem);
    return std::unique_ptr<Store>(std::move(store));
}

}  // namespace store
