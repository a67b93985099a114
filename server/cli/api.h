#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

// The daemon's HTTP API over its Unix socket; one request at a time, waited for.
namespace cli {

struct ApiAnswer {
    unsigned status = 0;
    std::string body;
};
struct Unreachable {
    std::string reason;  // for people; names the socket
};

// The answer is waited for half a minute.
std::variant<ApiAnswer, Unreachable> api_get(const std::filesystem::path& socket,
                                             std::string_view target);

// One path segment or query value.
std::string percent_encode(std::string_view text);

// What a problem document (RFC 9457) says is wrong; the status where it says nothing.
std::string detail_of(const ApiAnswer&);

}  // namespace cli
