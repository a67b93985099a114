#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http {

// What a request asks for, RFC 9112 §3.2, taken apart before it is decoded, so that an encoded
// "/" or "&" stays within its segment or value.
struct Target {
    std::vector<std::string> segments;                            // of the path, decoded
    std::vector<std::pair<std::string, std::string>> parameters;  // of the query, decoded
};

// Origin form ("/v1/sessions?limit=1") and absolute form. Nothing when it is neither, or holds a
// "%" that two hexadecimal digits do not follow. A "+" is a "+" (RFC 3986), not a space.
std::optional<Target> parse_target(std::string_view text);

// The same text without its query, for the log: tokens are put there by mistake, and it tells who a
// device is.
std::string without_query(std::string_view text);

// One path segment or query value, so that parse_target() reads it back.
std::string percent_encode(std::string_view text);

}  // namespace http
