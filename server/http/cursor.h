#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace http {

// The store's cursors as callers see them: hexadecimal, and with a check, so that what was made up
// or is of another list never reaches the store. Not a secret, and no protection of one.
std::string show_cursor(std::string_view list, std::string_view cursor);
// Nothing when show_cursor() did not make it for this list.
std::optional<std::string> read_cursor(std::string_view list, std::string_view shown);

}  // namespace http
