#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

// Text for terminals.
namespace explain {

// Rows of cells in columns as wide as their widest cell; the last cell of a row is not padded. A
// cell above `widest_cell` takes part in no column's width.
class TextTable {
  public:
    static constexpr std::size_t widest_cell = 48;

    explicit TextTable(std::string_view indent) : indent_(indent) {}
    void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    // One line a row.
    std::string text() const;

  private:
    std::string indent_;
    std::vector<std::vector<std::string>> rows_;
};

// On one line, with nothing in it that a terminal would obey: what devices and files say comes out
// with control characters as "\x1b", and with more than `most` octets cut off.
std::string printable(std::string_view text, std::size_t most = 256);

// Hexadecimal digits in lines of 32 octets, 8 a group.
std::string hex_lines(std::string_view digits, std::string_view indent);

// A row of values.h as cells: path, name, type, value. Missing members are empty.
std::vector<std::string> value_cells(const nlohmann::ordered_json& row);

// The text of a member, empty where it is absent or of another type.
std::string text_at(const nlohmann::ordered_json& object, const char* member);

}  // namespace explain
