#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "server/http/authentication.h"
#include "server/http/request_reader.h"
#include "server/http/target.h"

namespace {

using State = http::RequestReader::State;

// What was read of whole requests, the octets coming so many at a time.
std::vector<std::string> read(std::string_view octets, std::size_t at_a_time) {
    const http::AuthenticationSettings nobody{true, {}, {}, 0};
    std::vector<std::string> requests;
    http::RequestReader reader(2048);
    std::string body;
    std::size_t at = 0;
    bool is_in_body = false;
    while (reader.state() != State::broken) {
        if (!is_in_body && reader.state() != State::header) {
            is_in_body = true;
            const http::Request head = reader.head();
            static_cast<void>(http::parse_target(head.target));
            const auto who =
                http::identify({false, reader.field("Authorization"), nullptr}, nobody);
            if (std::holds_alternative<http::Identity>(who)) std::abort();
            static_cast<void>(http::objection(
                {false, head.method, reader.field("Host"), reader.field("Origin")}));
            requests.push_back(head.method + ' ' + head.target);
        }
        if (is_in_body) {
            reader.go_on();
            body += reader.take_body();
        }
        if (reader.state() == State::done) {
            requests.push_back(std::exchange(body, {}));
            is_in_body = false;
            reader.begin();
            if (reader.state() == State::done) continue;
        }
        if (reader.state() == State::broken || at == octets.size()) break;
        const auto room = reader.room();
        const auto some = octets.substr(at, std::min(room.size(), at_a_time));
        std::copy(some.begin(), some.end(), room.begin());
        at += some.size();
        if (!some.empty()) reader.filled(some.size());
    }
    return requests;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::string_view octets(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto whole = read(octets, 100'000);
    const auto parts = read(octets, std::size_t{1} + data[0]);
    // What a request is does not depend on how it was cut; where what follows turns out to be no
    // request, less may have been seen of it.
    const std::size_t both = std::min(whole.size(), parts.size());
    if (!std::equal(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(both),
                    parts.begin()))
        std::abort();
    return 0;
}
