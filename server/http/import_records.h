#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The records of an import, out of octets that come in pieces.
namespace http {

inline constexpr std::size_t longest_record = 1024 * 1024;

enum class RecordFault {
    none,
    too_long,     // above longest_record: passed over as far as the end of its line
    stray_quote,  // a quote within a plain field, or something after the closing one
    open_quote,   // the body ended within quotes
};
std::string_view message(RecordFault);

// One line of NDJSON; its end is a line feed, or the end of the body. Blank ones are passed over.
class LineReader {
  public:
    struct Line {
        std::uint64_t number = 0;  // from 1
        std::string text;          // empty where there is a fault
        RecordFault fault = RecordFault::none;
    };
    void feed(std::string_view octets, std::vector<Line>& lines);
    void end(std::vector<Line>& lines);

  private:
    void finish(std::vector<Line>& lines);
    std::uint64_t number_ = 1;
    std::string text_;
    bool too_long_ = false;
};

// A record of CSV, RFC 4180: fields between commas, in quotes where they hold a comma, a line feed
// or a quote (written twice). A blank line is no record. What is broken ends with its line.
class CsvReader {
  public:
    struct Record {
        std::uint64_t line = 0;  // in which it begins, from 1
        std::vector<std::string> fields;
        RecordFault fault = RecordFault::none;
    };
    void feed(std::string_view octets, std::vector<Record>& records);
    void end(std::vector<Record>& records);

  private:
    enum class State { field_start, plain, quoted, quote_seen, passing_over };
    void take(char c, std::vector<Record>& records);
    void end_field();
    void end_record(std::vector<Record>& records);
    void fail(RecordFault);

    State state_ = State::field_start;
    std::uint64_t line_ = 1;
    std::size_t size_ = 0;
    std::string field_;
    Record record_{1, {}, RecordFault::none};
};

}  // namespace http
