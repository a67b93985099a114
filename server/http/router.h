#pragma once

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
};
struct Response {
    unsigned status = 200;
    std::string content_type;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
};

// Routes of the API under /v1, /healthz and /readyz. Errors are RFC 9457 problem documents.
Response route(const Request&, Backend&);

}  // namespace http
