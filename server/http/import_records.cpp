// ndjson = *( line LF ) [ line ]
//
// csv    = record *( [ CR ] LF record ) [ [ CR ] LF ]            RFC 4180 §2
// record = field *( "," field )
// field  = DQUOTE *( octet but DQUOTE / 2DQUOTE ) DQUOTE / *( octet but DQUOTE, "," and LF )
//
// Both may begin with a byte order mark.

#include "server/http/import_records.h"

#include <utility>

namespace http {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

void drop_mark(std::string& text) {
    if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());
}

}  // namespace

std::string_view message(RecordFault fault) {
    switch (fault) {
        case RecordFault::none:
            return "";
        case RecordFault::too_long:
            return "the line is longer than 1 MiB";
        case RecordFault::stray_quote:
            return "a quote stands where none may: put the field in quotes, and write those in it "
                   "twice";
        case RecordFault::open_quote:
            return "the closing quote is missing";
    }
    return "";
}

void LineReader::feed(std::string_view octets, std::vector<Line>& lines) {
    while (!octets.empty()) {
        const std::size_t end = octets.find('\n');
        const std::string_view part = octets.substr(0, end);
        if (text_.size() + part.size() > longest_record) {
            too_long_ = true;
            text_.clear();
        }
        if (!too_long_) text_ += part;
        if (end == std::string_view::npos) return;
        finish(lines);
        octets.remove_prefix(end + 1);
    }
}

void LineReader::end(std::vector<Line>& lines) {
    finish(lines);
}

void LineReader::finish(std::vector<Line>& lines) {
    if (number_ == 1) drop_mark(text_);
    if (too_long_)
        lines.push_back({number_, {}, RecordFault::too_long});
    else if (text_.find_first_not_of(" \t\r") != std::string::npos)
        lines.push_back({number_, std::move(text_), RecordFault::none});
    text_.clear();
    too_long_ = false;
    ++number_;
}

void CsvReader::feed(std::string_view octets, std::vector<Record>& records) {
    for (const char c : octets) take(c, records);
}

void CsvReader::end(std::vector<Record>& records) {
    if (state_ == State::quoted) fail(RecordFault::open_quote);
    end_record(records);
}

void CsvReader::take(char c, std::vector<Record>& records) {
    if (++size_ > longest_record && state_ != State::passing_over) fail(RecordFault::too_long);
    switch (state_) {
        case State::quoted:
            if (c == '\n') ++line_;
            if (c == '"')
                state_ = State::quote_seen;
            else
                field_ += c;
            return;
        case State::quote_seen:
            if (c == '"') {
                field_ += c;
                state_ = State::quoted;
                return;
            }
            if (c == '\r') return;
            if (c != ',' && c != '\n') fail(RecordFault::stray_quote);
            break;
        case State::field_start:
            // The mark stands before the first field, and its quote.
            if (c == '"' && (field_.empty() ||
                             (line_ == 1 && record_.fields.empty() && field_ == byte_order_mark))) {
                field_.clear();
                state_ = State::quoted;
                return;
            }
            if (c != ',' && c != '\n' && c != static_cast<char>(0xEF) &&
                c != static_cast<char>(0xBB) && c != static_cast<char>(0xBF))
                state_ = State::plain;
            if (c == '"') fail(RecordFault::stray_quote);
            break;
        case State::plain:
            if (c == '"') fail(RecordFault::stray_quote);
            break;
        case State::passing_over:
            break;
    }
    if (c == '\n') {
        ++line_;
        end_record(records);
    } else if (state_ == State::passing_over) {
        return;
    } else if (c == ',') {
        end_field();
    } else {
        field_ += c;
    }
}

void CsvReader::end_field() {
    if (record_.line == 1 && record_.fields.empty()) drop_mark(field_);
    record_.fields.push_back(std::move(field_));
    field_.clear();
    state_ = State::field_start;
}

void CsvReader::end_record(std::vector<Record>& records) {
    if (record_.fault == RecordFault::none) {
        if (state_ != State::quote_seen && field_.ends_with('\r')) field_.pop_back();
        const bool was_quoted = state_ == State::quote_seen;
        end_field();
        const bool is_blank =
            record_.fields.size() == 1 && record_.fields.front().empty() && !was_quoted;
        if (!is_blank) records.push_back(std::move(record_));
    } else {
        records.push_back(std::move(record_));
    }
    record_ = {line_, {}, RecordFault::none};
    field_.clear();
    size_ = 0;
    state_ = State::field_start;
}

void CsvReader::fail(RecordFault fault) {
    record_.fault = fault;
    record_.fields.clear();
    field_.clear();
    state_ = State::passing_over;
}

}  // namespace http
