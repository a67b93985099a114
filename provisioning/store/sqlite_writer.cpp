#include "provisioning/store/sqlite_writer.h"

#include <exception>

namespace store {
namespace {

using Clock = std::chrono::steady_clock;

// A group ends after this time, so that the first of it does not wait for long.
constexpr auto longest_group = std::chrono::milliseconds(20);
constexpr auto between_cleaning = std::chrono::seconds(10);
constexpr auto between_steps_of_cleaning = std::chrono::milliseconds(20);

}  // namespace

SqliteWriter::SqliteWriter(Surroundings around, std::size_t queue, std::size_t group)
    : around_(around),
      queue_(queue),
      group_(group),
      writing_{{around.db, around.vault}, around.random, around.retention, {}, 0, {}, 0},
      next_house_(Clock::now()) {
    kept_revision_ = writing_.last_revision = counted(writing_, "revision");
    recount();
}

void SqliteWriter::start() {
    thread_ = std::thread([this] { work(); });
}

void SqliteWriter::stop() {
    queue_.close();
    if (thread_.joinable()) thread_.join();
}

void SqliteWriter::work() {
    while (!queue_.is_finished()) {
        if (auto first = queue_.take(next_house_)) write_group(std::move(first));
        if (Clock::now() >= next_house_) keep_house();
    }
}

void SqliteWriter::begin() {
    writing_.now = wall_time();
    writing_.ticket = around_.cache.ticket();
    around_.db.run("BEGIN IMMEDIATE");
}

std::optional<Error> SqliteWriter::commit() {
    Connection& db = around_.db;
    if (writing_.last_revision != kept_revision_)
        db.run("UPDATE counts SET n = ? WHERE name = 'revision'",
               {static_cast<std::int64_t>(writing_.last_revision)});
    db.run("COMMIT");
    std::optional<Error> error;
    if (db.failed()) {
        error = db.take_error();
        if (db.in_transaction()) db.run("ROLLBACK");
        if (db.failed()) db.take_error();
        around_.counters.failures += 1;
    } else {
        kept_revision_ = writing_.last_revision;
        around_.counters.transactions += 1;
        around_.counters.dropped += writing_.dropped;
    }
    writing_.dropped = 0;
    // In doubt too: what is not here is asked for.
    for (const std::string& endpoint : writing_.changed) around_.cache.changed(endpoint);
    writing_.changed.clear();
    recount();
    return error;
}

std::optional<Error> SqliteWriter::run_in_savepoint(Operation& operation) {
    Connection& db = around_.db;
    const std::uint64_t dropped = writing_.dropped;
    db.run("SAVEPOINT operation");
    try {
        if (!db.failed()) operation.run(writing_, &writing_);
    } catch (const std::exception&) {
        // Of a library: no memory, a text that is no UTF-8.
        db.fail({Errc::failed, "the record cannot be written"});
    }
    db.run("RELEASE operation");
    if (!db.failed()) return std::nullopt;
    Error error = db.take_error();
    writing_.dropped = dropped;
    if (db.in_transaction()) {
        db.run("ROLLBACK TO operation");
        db.run("RELEASE operation");
        if (db.failed()) db.take_error();
    }
    return error;
}

void SqliteWriter::write_group(std::unique_ptr<Operation> first) {
    Connection& db = around_.db;
    std::vector<Done> group;
    std::unique_ptr<Operation> afterwards;
    std::optional<Error> of_all;
    const auto until = Clock::now() + longest_group;
    begin();
    if (db.failed()) of_all = db.take_error();
    for (auto next = std::move(first); next != nullptr; next = queue_.take_now()) {
        if (next->place() == Operation::Place::afterwards) {
            afterwards = std::move(next);
            break;
        }
        auto error = of_all ? std::nullopt : run_in_savepoint(*next);
        group.push_back({std::move(next), error});
        // What another one of the group did is gone too.
        if (!of_all && !db.in_transaction()) of_all = error;
        if (of_all || group.size() >= group_ || Clock::now() >= until) break;
    }
    if (!of_all) {
        of_all = commit();
    } else {
        around_.counters.failures += 1;
        writing_.changed.clear();
        writing_.dropped = 0;
    }
    finish(group, of_all);
    if (afterwards) run_afterwards(std::move(afterwards));
}

void SqliteWriter::finish(std::vector<Done>& group, const std::optional<Error>& of_all) {
    for (Done& each : group) {
        const std::optional<Error>& error = each.error ? each.error : of_all;
        if (error) around_.counters.failures += 1;
        (each.operation->writes() ? around_.counters.writes : around_.counters.reads) += 1;
        each.operation->finish(error ? &*error : nullptr);
    }
}

void SqliteWriter::run_afterwards(std::unique_ptr<Operation> operation) {
    if (around_.afterwards != nullptr) {
        around_.afterwards->pass_on(std::move(operation));
        return;
    }
    Connection& db = around_.db;
    writing_.ticket = around_.cache.ticket();
    try {
        operation->run(writing_, nullptr);
    } catch (const std::exception&) {
        db.fail({Errc::failed, "the record cannot be read"});
    }
    std::vector<Done> one;
    one.push_back({std::move(operation), std::nullopt});
    if (db.failed()) one.front().error = db.take_error();
    finish(one, std::nullopt);
}

void SqliteWriter::keep_house() {
    begin();
    const bool more = store::keep_house(writing_, rewrapped_);
    if (around_.db.failed()) {
        around_.db.take_error();
        if (around_.db.in_transaction()) around_.db.run("ROLLBACK");
        if (around_.db.failed()) around_.db.take_error();
        around_.counters.failures += 1;
        writing_.changed.clear();
        next_house_ = Clock::now() + between_cleaning;
        return;
    }
    const auto error = commit();
    next_house_ = Clock::now() +
                  (more && !error ? Clock::duration(between_steps_of_cleaning) : between_cleaning);
}

void SqliteWriter::recount() {
    SqliteCounters& counters = around_.counters;
    counters.pending_attaches = counted(writing_, "attaches");
    counters.pending_deliveries = counted(writing_, "deliveries");
    counters.wrapped_by_old_keys = wrapped_by_others(writing_);
    if (around_.db.failed()) around_.db.take_error();
}

}  // namespace store
