#include "provisioning/store/sqlite_reader.h"

#include <exception>

namespace store {
namespace {

constexpr std::size_t largest_batch = 64;

}  // namespace

SqliteReader::SqliteReader(Surroundings around, std::size_t queue, Mode mode)
    : around_(std::move(around)), queue_(queue), mode_(mode) {}

void SqliteReader::start() {
    thread_ = std::thread([this] { work(); });
}

void SqliteReader::stop() {
    queue_.close();
    if (thread_.joinable()) thread_.join();
}

void SqliteReader::work() {
    std::vector<std::unique_ptr<Operation>> batch;
    while (auto first = queue_.take()) {
        batch.push_back(std::move(first));
        while (mode_ == Mode::together && batch.size() < largest_batch)
            if (auto next = queue_.take_now())
                batch.push_back(std::move(next));
            else
                break;
        read(batch);
        batch.clear();
    }
}

void SqliteReader::read(std::vector<std::unique_ptr<Operation>>& batch) {
    Connection& db = *around_.db;
    const Reading reading{db, around_.vault, around_.cache.ticket()};
    if (batch.size() > 1) db.run("BEGIN");
    std::vector<std::optional<Error>> errors(batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
        try {
            if (!db.failed()) batch[i]->run(reading, nullptr);
        } catch (const std::exception&) {
            db.fail({Errc::failed, "the record cannot be read"});
        }
        if (db.failed()) errors[i] = db.take_error();
    }
    if (batch.size() > 1 && db.in_transaction()) db.run("COMMIT");
    if (db.failed()) db.take_error();
    for (std::size_t i = 0; i < batch.size(); ++i) {
        around_.counters.reads += 1;
        if (errors[i]) around_.counters.failures += 1;
        batch[i]->finish(errors[i] ? &*errors[i] : nullptr);
    }
}

}  // namespace store
