#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include <nlohmann/json.hpp>

#include "server/http/device_csv.h"
#include "server/http/import_records.h"
#include "server/wire/bytes.h"

namespace {

std::vector<http::CsvReader::Record> records_of(std::string_view text, std::size_t piece) {
    http::CsvReader reader;
    std::vector<http::CsvReader::Record> records;
    for (std::size_t i = 0; i < text.size(); i += piece)
        reader.feed(text.substr(i, piece), records);
    reader.end(records);
    return records;
}

}  // namespace

// However the octets come, the records are the same, and a row is a device or is refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::string_view text = wire::as_text({data + 1, size - 1});
    const auto records = records_of(text, 1 + data[0]);
    const auto whole = records_of(text, text.size() + 1);
    if (records.size() != whole.size()) std::abort();
    for (std::size_t i = 0; i < records.size(); ++i)
        if (records[i].line != whole[i].line || records[i].fields != whole[i].fields ||
            records[i].fault != whole[i].fault)
            std::abort();
    if (records.empty()) return 0;
    const auto columns = http::DeviceColumns::from(records.front().fields);
    if (const auto* known = std::get_if<http::DeviceColumns>(&columns))
        for (const auto& record : records) {
            const auto device = known->device(record.fields);
            if (const auto* json = std::get_if<nlohmann::json>(&device))
                if (!json->is_object()) std::abort();
        }

    http::LineReader reader;
    std::vector<http::LineReader::Line> lines;
    reader.feed(text, lines);
    reader.end(lines);
    for (const auto& line : lines)
        if (line.text.find('\n') != std::string::npos) std::abort();
    return 0;
}
