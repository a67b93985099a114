// head = "HTTP/1.1" SP status SP reason CRLF *( name ":" SP value CRLF ) CRLF     RFC 9112 §4, §5

#include "server/http/response_head.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "server/http/problem.h"

namespace http {
namespace {

void add(std::string& head, std::string_view name, std::string_view value) {
    ((((head += name) += ": ") += value) += "\r\n");
}

// Visible octets and blanks; a line end would begin a field or a body of somebody's own.
bool is_field_text(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto octet = static_cast<unsigned char>(c);
        return octet == '\t' || (octet >= 0x20 && octet != 0x7F);
    });
}

// RFC 9110 §5.6.7.
std::string http_date(std::chrono::system_clock::time_point now) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 40> text{};
    std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return text.data();
}

}  // namespace

std::string response_head(const Response& response, const HeadOptions& options) {
    std::string head = options.version == 10 ? "HTTP/1.0 " : "HTTP/1.1 ";
    head += std::to_string(response.status);
    ((head += ' ') += reason_phrase(response.status)) += "\r\n";
    add(head, "Date", http_date(options.now));
    add(head, "Server", "lwm2m-bootstrapd");
    add(head, "X-Content-Type-Options", "nosniff");
    if (!response.content_type.empty() && is_field_text(response.content_type))
        add(head, "Content-Type", response.content_type);
    for (const auto& [name, value] : response.headers)
        if (is_field_text(name) && is_field_text(value)) add(head, name, value);
    if (options.version == 10) {
        if (options.keep_alive) add(head, "Connection", "keep-alive");
    } else if (!options.keep_alive) {
        add(head, "Connection", "close");
    }
    switch (options.framing) {
        case Framing::length:
            add(head, "Content-Length", std::to_string(response.body.size()));
            break;
        case Framing::chunked:
            add(head, "Transfer-Encoding", "chunked");
            break;
        case Framing::none:
        case Framing::close:
            break;
    }
    return head += "\r\n";
}

std::string chunk(std::string_view octets) {
    if (octets.empty()) return {};
    std::array<char, 24> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", octets.size());
    std::string text = size.data();
    return (text += octets) += "\r\n";
}

}  // namespace http
