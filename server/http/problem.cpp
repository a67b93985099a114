#include "server/http/problem.h"

#include <nlohmann/json.hpp>

namespace http {
namespace {

using Json = nlohmann::ordered_json;

Response respond(unsigned status, const Json& body) {
    // What devices and callers wrote may be no UTF-8.
    return {status,
            "application/problem+json",
            body.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n',
            {{"Cache-Control", "no-store"}}};
}

Json document_of(unsigned status, std::string detail) {
    Json body;
    body["type"] = "about:blank";
    body["title"] = reason_phrase(status);
    body["status"] = status;
    body["detail"] = std::move(detail);
    return body;
}

Json entry_of(const document::Problem& one) {
    Json entry;
    entry["pointer"] = one.pointer;
    entry["detail"] = one.remedy.empty() ? one.message : one.message + "; " + one.remedy;
    return entry;
}

}  // namespace

std::string_view reason_phrase(unsigned status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 207:
            return "Multi-Status";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 421:
            return "Misdirected Request";
        case 422:
            return "Unprocessable Content";
        case 428:
            return "Precondition Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        case 505:
            return "HTTP Version Not Supported";
        case 507:
            return "Insufficient Storage";
        default:  // a number, not an enumeration
            return "Error";
    }
}

Response problem(unsigned status, std::string detail) {
    return respond(status, document_of(status, std::move(detail)));
}

Response problem(unsigned status, std::string detail, const document::Problems& problems) {
    Json body = document_of(status, std::move(detail));
    if (!problems.empty()) body["pointer"] = problems.front().pointer;
    Json all = Json::array();
    for (const document::Problem& one : problems) all.push_back(entry_of(one));
    body["problems"] = std::move(all);
    return respond(status, body);
}

Response problem_of_files(unsigned status, std::string detail, const document::Problems& problems) {
    Json body = document_of(status, std::move(detail));
    Json all = Json::array();
    for (const document::Problem& one : problems) {
        Json entry = entry_of(one);
        entry["file"] = one.file;
        entry["message"] = one.message;
        entry["remedy"] = one.remedy;
        all.push_back(std::move(entry));
    }
    body["problems"] = std::move(all);
    return respond(status, body);
}

}  // namespace http
