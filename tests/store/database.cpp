#include "tests/store/database.h"

#include <array>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

#include <sqlite3.h>

namespace store_test {

std::string sql(const std::filesystem::path& file, const std::string& statement) {
    sqlite3* handle = nullptr;
    const int opened = sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr);
    const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> closing(handle, &sqlite3_close);
    if (opened != SQLITE_OK) throw std::runtime_error("cannot open " + file.string());
    std::string first;
    bool has_first = false;
    std::pair<std::string*, bool*> to{&first, &has_first};
    char* what = nullptr;
    const int code = sqlite3_exec(
        handle, statement.c_str(),
        [](void* out, int columns, char** values, char**) {
            auto& [text, has_text] = *static_cast<std::pair<std::string*, bool*>*>(out);
            if (!*has_text && columns > 0) {
                *text = values[0] == nullptr ? "" : values[0];
                *has_text = true;
            }
            return 0;
        },
        &to, &what);
    const std::string problem = what == nullptr ? "" : what;
    sqlite3_free(what);
    if (code != SQLITE_OK) throw std::runtime_error(problem);
    return first;
}

std::string inconsistencies(const std::filesystem::path& file) {
    std::string all;
    if (const std::string said = sql(file, "PRAGMA integrity_check"); said != "ok") all += said;
    // What is counted against the count; what there is must be nothing.
    constexpr std::array<std::string_view, 11> wrong = {
        "SELECT n - (SELECT count(*) FROM devices) FROM counts WHERE name = 'devices'",
        "SELECT n - (SELECT count(*) FROM devices WHERE disabled = 1) FROM counts"
        " WHERE name = 'disabled'",
        "SELECT n - (SELECT count(*) FROM sessions) FROM counts WHERE name = 'sessions'",
        "SELECT n - (SELECT count(*) FROM attaches) FROM counts WHERE name = 'attaches'",
        "SELECT n - (SELECT count(*) FROM strangers) FROM counts WHERE name = 'strangers'",
        "SELECT n - (SELECT count(*) FROM deliveries) FROM counts WHERE name = 'deliveries'",
        "SELECT (SELECT coalesce(sum(n), 0) FROM counts WHERE name LIKE 'wrapped:%')"
        " - (SELECT count(*) FROM devices) - (SELECT count(*) FROM profiles)"
        " - (SELECT count(*) FROM device_state)",
        "SELECT count(*) FROM device_state WHERE device NOT IN (SELECT id FROM devices)",
        "SELECT (SELECT coalesce(sum(devices), 0) FROM profile_use)"
        " - (SELECT count(*) FROM devices)",
        "SELECT count(*) FROM device_keys WHERE device NOT IN (SELECT id FROM devices)",
        "SELECT (SELECT count(*) FROM (SELECT DISTINCT hook, endpoint FROM deliveries))"
        " - (SELECT count(*) FROM deliveries d WHERE first = 1 AND sequence = (SELECT"
        " min(sequence) FROM deliveries WHERE hook = d.hook AND endpoint = d.endpoint))"};
    for (const std::string_view statement : wrong)
        if (const std::string said = sql(file, std::string(statement)); said != "0")
            all += std::string(statement) + ": " + said + "\n";
    return all;
}

wire::Bytes octets_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_octets(const std::filesystem::path& file, wire::BytesView octets) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << std::string(octets.begin(), octets.end());
}

}  // namespace store_test
