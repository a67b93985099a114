#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// The daemon's HTTP API over its Unix socket; one request at a time, waited for.
namespace cli {

// Where the API is.
struct Place {
    std::filesystem::path socket = "/run/lwm2m-bootstrapd/control.sock";
};

struct ApiRequest {
    std::string method = "GET";
    std::string target;  // path and query
    std::string content_type = {};
    std::string body = {};
    std::vector<std::pair<std::string, std::string>> fields = {};  // further header fields
};

struct ApiAnswer {
    unsigned status = 0;
    std::string body;  // empty where the flow took it
};
struct Unreachable {
    std::string reason;  // for people; names the socket
};

// A request's body, or its answer's, that is not in memory as a whole.
struct ApiFlow {
    // The body's next octets; none: it ends. Null: it is the request's.
    std::function<std::string()> more = nullptr;
    // Octets of the body of a 200, as they come; false: enough. Null: they are the answer's.
    std::function<bool(std::string_view)> take = nullptr;
    // Before the first octets of a 200; false: enough.
    std::function<bool()> opened = nullptr;
    // How long each step may take: connecting, sending a piece, a piece of the answer.
    std::chrono::steady_clock::duration patience = std::chrono::seconds(30);
    // When all of it has to be over.
    std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt;
};

// Of a 200 that is taken piece by piece, Unreachable says also that it broke off.
std::variant<ApiAnswer, Unreachable> ask(const Place&, const ApiRequest&, const ApiFlow& = {});

// One path segment or query value.
std::string percent_encode(std::string_view text);

// What a problem document (RFC 9457) says is wrong; the status where it says nothing.
std::string detail_of(const ApiAnswer&);

}  // namespace cli
