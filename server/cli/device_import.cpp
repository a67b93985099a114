#include "server/cli/device_import.h"

#include <cstdint>
#include <fstream>
#include <optional>
#include <system_error>

#include <nlohmann/json.hpp>

#include "server/cli/answers.h"
#include "server/explain/text_table.h"

namespace cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t piece_size = 64 * 1024;
// Of a line of results: a problem may name every key of a record.
constexpr std::size_t longest_line = 4 * 1024 * 1024;
// While the store has to write some hundreds of devices.
constexpr auto patience = std::chrono::minutes(2);

// How much has been sent, on one line of a terminal that is written anew.
class Progress {
  public:
    Progress(Console& console, std::optional<std::uint64_t> whole)
        : console_(console), whole_(whole) {}
    void sent(std::uint64_t octets) {
        sent_ += octets;
        if (!console_.err_is_terminal) return;
        const std::uint64_t now = whole_ ? percent() : sent_ / (1024 * 1024);
        if (now == shown_) return;
        shown_ = now;
        console_.err << "\rsent " << now << (whole_ ? " %" : " MiB") << "\x1b[K" << std::flush;
    }
    void done() {
        if (shown_) console_.err << "\r\x1b[K" << std::flush;
        shown_.reset();
    }

  private:
    std::uint64_t percent() const { return *whole_ == 0 ? 100 : sent_ * 100 / *whole_; }

    Console& console_;
    std::optional<std::uint64_t> whole_;
    std::uint64_t sent_ = 0;
    std::optional<std::uint64_t> shown_;
};

// The lines of the answer, as they come.
class Results {
  public:
    Results(const DeviceImport& wanted, Console& console) : wanted_(wanted), console_(console) {}

    bool take(std::string_view octets) {
        line_ += octets;
        std::size_t begin = 0;
        for (std::size_t end = line_.find('\n'); end != std::string::npos;
             end = line_.find('\n', begin)) {
            tell(std::string_view(line_).substr(begin, end - begin));
            begin = end + 1;
        }
        line_.erase(0, begin);
        return line_.size() <= longest_line;
    }

    ExitCode end() {
        if (!summary_) {
            console_.err << "the results broke off: some lines may have been carried out\n";
            return ExitCode::no;
        }
        if (!wanted_.json)
            console_.out << cell_at(*summary_, "/lines")
                         << " lines: " << cell_at(*summary_, "/created") << " created, "
                         << cell_at(*summary_, "/updated") << " updated, "
                         << cell_at(*summary_, "/refused") << " refused\n";
        return cell_at(*summary_, "/refused") == "0" ? ExitCode::well : ExitCode::no;
    }

  private:
    void tell(std::string_view text) {
        if (wanted_.json) console_.out << text << '\n';
        const Json line = Json::parse(text, nullptr, false);
        if (!line.is_object()) return;
        if (const auto summary = line.find("summary"); summary != line.end()) {
            summary_ = *summary;
            return;
        }
        if (wanted_.json || explain::text_at(line, "status") != "refused") return;
        console_.err << "line " << cell_at(line, "/line") << ": " << cell_at(line, "/endpoint")
                     << ": ";
        const auto problem = line.find("problem");
        tell_refusal({0, problem == line.end() ? "" : problem->dump()}, console_.err);
    }

    const DeviceImport& wanted_;
    Console& console_;
    std::string line_;
    std::optional<Json> summary_;
};

bool is_csv(const DeviceImport& wanted) {
    return wanted.format.empty() ? wanted.file.extension() == ".csv" : wanted.format == "csv";
}

}  // namespace

ExitCode import_devices(const DeviceImport& wanted, Console& console) {
    const bool is_input = wanted.file == "-";
    std::ifstream file;
    std::optional<std::uint64_t> size;
    if (!is_input) {
        file.open(wanted.file, std::ios::binary);
        std::error_code unknown;
        if (!file || std::filesystem::is_directory(wanted.file, unknown)) {
            console.err << "cannot read " << wanted.file.string() << '\n';
            return ExitCode::usage;
        }
        if (const auto octets = std::filesystem::file_size(wanted.file, unknown); !unknown)
            size = octets;
    }
    std::istream& in = is_input ? console.in : file;

    Progress progress(console, size);
    Results results(wanted, console);
    ApiFlow flow;
    flow.patience = patience;
    flow.more = [&] {
        std::string piece(piece_size, '\0');
        in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        piece.resize(static_cast<std::size_t>(in.gcount()));
        progress.sent(piece.size());
        return piece;
    };
    flow.take = [&](std::string_view octets) {
        progress.done();
        return results.take(octets);
    };
    const auto asked = ask(
        wanted.place,
        {"POST", "/v1/devices:import", is_csv(wanted) ? "text/csv" : "application/x-ndjson"}, flow);
    progress.done();
    if (const auto* no = std::get_if<Unreachable>(&asked)) return tell(*no, console.err);
    const auto& answer = std::get<ApiAnswer>(asked);
    return answer.status == 200 ? results.end() : tell_refusal(answer, console.err);
}

}  // namespace cli
