#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/http/backend.h"

namespace http {

// A request and its answer without Beast, so that every route is tested without a socket.
struct Request {
    std::string method;
    std::string target;  // path and query as sent
    std::string content_type;
    std::string body;
    // The Host header of a request over TCP. While nobody is asked who they are, it has to be an
    // address or localhost: a web page whose name was made to resolve to a loopback address
    // would otherwise speak to the API through its reader's browser.
    std::optional<std::string> host;
};
struct Response {
    unsigned status = 200;
    std::string content_type;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
};

// Routes of the API under /v1, /healthz and /readyz. Errors are RFC 9457 problem documents. A
// HEAD is answered as a GET, body included; the listener leaves the body out.
Response route(const Request&, Backend&);

}  // namespace http
