#pragma once

#include <chrono>
#include <string>

#include "server/http/exchange.h"

namespace http {

// How a body's end is told (RFC 9112 §6).
enum class Framing {
    none,     // 204, 304: there is none
    length,   // of the Response's body
    chunked,  // made while it is sent
    close,    // the same to an HTTP/1.0 peer
};
struct HeadOptions {
    unsigned version = 11;
    bool keep_alive = true;
    Framing framing = Framing::length;
    std::chrono::system_clock::time_point now{};
};

// The status line and the fields, with the empty line that ends them. A field that holds what no
// field may hold is left out.
std::string response_head(const Response&, const HeadOptions&);

// RFC 9112 §7.1. Nothing of no octets: that would be the last chunk.
std::string chunk(std::string_view octets);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace http
