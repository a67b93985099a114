#include <filesystem>
#include <system_error>

#include <nlohmann/json.hpp>

#include "server/http/device_csv.h"
#include "server/http/device_json.h"
#include "server/http/import_records.h"
#include "server/http/problem.h"
#include "server/http/query.h"
#include "server/http/routes.h"
#include "server/http/spool.h"

// Octets → records → devices → batches for the store, one of them in flight → results, which are
// spooled until the body has ended.

namespace http {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t largest_batch = 500;
constexpr std::uint64_t most_results = 1024ULL * 1024 * 1024;

std::string problem_text(const Response& response) {
    return response.body.substr(0, response.body.find_last_not_of('\n') + 1);
}

// What becomes of one line.
struct Entry {
    std::uint64_t line = 0;
    std::string endpoint;  // empty: it could not be read
    std::string problem;   // a problem document; empty: it goes to the store
};

struct Batch {
    std::vector<Entry> entries;
    std::vector<provisioning::DeviceChange> changes;  // of the entries without a problem
};

class Import : public std::enable_shared_from_this<Import> {
  public:
    Import(CallPointer call, Spool results, bool is_csv)
        : call_(std::move(call)),
          profiles_(call_->backend().profiles()),
          results_(std::move(results)),
          is_csv_(is_csv) {}

    void piece(std::string_view octets, BodySink::More more) {
        read(octets, false);
        if (broken_) return more(std::move(broken_));
        if (batch_.entries.size() < largest_batch) return more(std::nullopt);
        flush([self = shared_from_this(), more = std::move(more)] {
            more(std::move(self->broken_));
        });
    }

    void end(Reply reply) {
        read({}, true);
        if (is_csv_ && !columns_ && !broken_) broken_ = problem(400, "the CSV has no header row");
        if (broken_) return reply(std::move(*broken_));
        flush([self = shared_from_this(), reply = std::move(reply)] {
            // All that came before is done; what has just been handed in is waited for.
            self->when_idle([self, reply] { reply(self->answer()); });
        });
    }

    // The connection is gone: what the store has, it has.
    void abandon() {
        waiting_ = nullptr;
        call_->reply = nullptr;
    }

  private:
    void read(std::string_view octets, bool is_end) {
        if (is_csv_) {
            std::vector<CsvReader::Record> records;
            if (is_end)
                csv_.end(records);
            else
                csv_.feed(octets, records);
            for (CsvReader::Record& record : records)
                if (!broken_) take(record);
            return;
        }
        std::vector<LineReader::Line> lines;
        if (is_end)
            lines_.end(lines);
        else
            lines_.feed(octets, lines);
        for (const LineReader::Line& line : lines) take(line);
    }

    void take(const LineReader::Line& line) {
        if (line.fault != RecordFault::none)
            return refuse(line.number, problem(400, std::string(message(line.fault))));
        document::Problems problems;
        auto device = document::parse(line.text, "line", problems);
        if (!device) return refuse(line.number, problem(400, "the line is no JSON", problems));
        take(line.number, std::move(*device));
    }

    void take(const CsvReader::Record& record) {
        if (record.fault != RecordFault::none) {
            if (columns_)
                return refuse(record.line, problem(400, std::string(message(record.fault))));
            broken_ = problem(400, "the header: " + std::string(message(record.fault)));
            return;
        }
        if (!columns_) {
            auto columns = DeviceColumns::from(record.fields);
            if (auto* why = std::get_if<std::string>(&columns))
                broken_ = problem(400, std::move(*why));
            else
                columns_ = std::get<DeviceColumns>(std::move(columns));
            return;
        }
        auto device = columns_->device(record.fields);
        if (auto* why = std::get_if<std::string>(&device))
            return refuse(record.line, problem(400, "the line " + *why));
        take(record.line, std::get<nlohmann::json>(std::move(device)));
    }

    void take(std::uint64_t line, nlohmann::json device) {
        std::string endpoint;
        if (device.is_object())
            if (const auto name = device.find("endpoint");
                name != device.end() && name->is_string())
                endpoint = name->get<std::string>();
        document::Problems problems;
        auto change = read_device(std::move(device), "", problems);
        if (!change)
            return refuse(line, problem(422, "the line is not a device", problems), endpoint);
        check_device(*change, *profiles_, problems);
        if (!problems.empty())
            return refuse(line, problem(422, "the device cannot be as it is written", problems),
                          endpoint);
        batch_.entries.push_back({line, std::move(endpoint), {}});
        batch_.changes.push_back(std::move(*change));
    }

    void refuse(std::uint64_t line, const Response& why, std::string endpoint = {}) {
        batch_.entries.push_back({line, std::move(endpoint), problem_text(why)});
    }

    // Hands the batch to the store as soon as the one before is done, and goes on then.
    void flush(std::function<void()> then) {
        when_idle([self = shared_from_this(), then = std::move(then)] {
            self->send();
            then();
        });
    }

    void when_idle(std::function<void()> then) {
        if (!in_flight_) return then();
        waiting_ = std::move(then);
    }

    void send() {
        auto batch = std::make_shared<Batch>(std::move(batch_));
        batch_ = {};
        if (batch->changes.empty()) return tell(*batch, {});
        in_flight_ = true;
        profiles_ = call_->backend().profiles();
        Json detail;
        detail["devices"] = batch->changes.size();
        auto changes = std::move(batch->changes);
        call_->store().import_devices(
            std::move(changes), call_->audit("device.import", "", detail.dump()),
            [self = shared_from_this(),
             batch](store::Result<std::vector<store::PutResult>> results) mutable {
                Backend& backend = self->call_->backend();
                backend.post([self = std::move(self), batch = std::move(batch),
                              results = std::move(results)] { self->done(*batch, results); });
            });
    }

    void done(const Batch& batch, const store::Result<std::vector<store::PutResult>>& results) {
        in_flight_ = false;
        if (results)
            tell(batch, *results);
        else
            tell_failed(batch, problem_text(failed(results.error())));
        if (!waiting_) return;
        const auto then = std::move(waiting_);
        waiting_ = nullptr;
        then();
    }

    void tell(const Batch& batch, const std::vector<store::PutResult>& results) {
        std::size_t next = 0;
        for (const Entry& entry : batch.entries) {
            if (!entry.problem.empty() || next == results.size()) {
                write(entry, "refused", entry.problem);
                continue;
            }
            const store::PutResult& result = results[next++];
            if (const auto* stored = std::get_if<store::Stored>(&result)) {
                if (!stored->created) call_->backend().device_changed(entry.endpoint);
                write(entry, stored->created ? "created" : "updated", {});
            } else {
                write(entry, "refused", problem_text(answer_of(result, *call_, "device", "")));
            }
        }
    }

    void tell_failed(const Batch& batch, const std::string& why) {
        for (const Entry& entry : batch.entries)
            write(entry, "refused", entry.problem.empty() ? why : entry.problem);
    }

    void write(const Entry& entry, std::string_view status, const std::string& why) {
        ++counted_;
        created_ += status == "created" ? 1U : 0U;
        updated_ += status == "updated" ? 1U : 0U;
        Json line;
        line["line"] = entry.line;
        line["endpoint"] = entry.endpoint.empty() ? Json() : Json(entry.endpoint);
        line["status"] = status;
        std::string text = line.dump(-1, ' ', false, Json::error_handler_t::replace);
        if (!why.empty()) {
            text.pop_back();
            text += ",\"problem\":" + why + "}";
        }
        if (results_.write(text + '\n') || broken_) return;
        broken_ = problem(503, "the results could not be kept; " + std::to_string(counted_) +
                                   " lines were carried out before");
    }

    Response answer() {
        if (broken_) return std::move(*broken_);
        Json summary;
        summary["lines"] = counted_;
        summary["created"] = created_;
        summary["updated"] = updated_;
        summary["refused"] = counted_ - created_ - updated_;
        Json line;
        line["summary"] = std::move(summary);
        if (!results_.write(line.dump() + '\n'))
            return problem(503, "the results could not be kept; all lines were carried out");
        Response response{200, "application/x-ndjson", "", {{"Cache-Control", "no-store"}}};
        response.source = std::move(results_).read();
        return response;
    }

    CallPointer call_;
    std::shared_ptr<const provisioning::ProfileSet> profiles_;
    Spool results_;
    bool is_csv_;
    LineReader lines_;
    CsvReader csv_;
    std::optional<DeviceColumns> columns_;
    Batch batch_;
    bool in_flight_ = false;
    std::function<void()> waiting_;
    // Why the rest is not wanted: the header of a CSV, the results' file.
    std::optional<Response> broken_;
    std::uint64_t counted_ = 0, created_ = 0, updated_ = 0;
};

class ImportSink final : public BodySink {
  public:
    explicit ImportSink(std::shared_ptr<Import> import) : import_(std::move(import)) {}
    ~ImportSink() override { import_->abandon(); }
    ImportSink(const ImportSink&) = delete;
    ImportSink& operator=(const ImportSink&) = delete;

    void piece(std::string_view octets, More more) override {
        import_->piece(octets, std::move(more));
    }
    void end(Reply reply) override { import_->end(std::move(reply)); }

  private:
    std::shared_ptr<Import> import_;
};

}  // namespace

Router::Reception import_devices(const CallPointer& call) {
    const Query query(call->target, {});
    if (query.refusal()) return *query.refusal();
    const std::string& type = call->request.content_type;
    const std::string_view essence = std::string_view(type).substr(0, type.find(';'));
    const bool is_csv = essence == "text/csv";
    if (!is_csv && essence != "application/x-ndjson")
        return problem(415, "devices come as application/x-ndjson or text/csv");
    std::error_code error;
    const auto folder = std::filesystem::temp_directory_path(error);
    auto results = Spool::make(error ? "/tmp" : folder, most_results);
    if (!results) return problem(503, "the results cannot be kept: " + results.error());
    return std::make_unique<ImportSink>(
        std::make_shared<Import>(call, std::move(*results), is_csv));
}

}  // namespace http
