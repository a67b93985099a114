#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace wire {

// An http or https URL to send a request to (RFC 9110 §4.2, RFC 3986): without user information,
// which would be a password in a settings file, and without a fragment, which no server sees.
struct HttpUrl {
    static constexpr std::size_t max_octets = 4096;

    bool secure = false;
    std::string host;  // a name in lower case, or an address; IPv6 without its brackets
    std::uint16_t port = 0;
    std::string target = "/";  // path and query as they stand in the request, never empty

    static boost::system::result<HttpUrl, std::string> from(std::string_view text);
    // What the Host field says: without the scheme's own port.
    std::string authority() const;
    std::string to_string() const;

    friend bool operator==(const HttpUrl&, const HttpUrl&) = default;
};

// Every octet but the unreserved ones (RFC 3986 §2.3) as "%2F". Nothing when the text is "." or
// "..", which servers take for a step in the path however they are written.
std::optional<std::string> path_segment(std::string_view text);

}  // namespace wire
