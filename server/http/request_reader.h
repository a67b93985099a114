#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/http/exchange.h"

namespace http {

// The requests of one connection as they come off the wire, HTTP/1.0 and 1.1 (RFC 9112): octets go
// in, requests come out. It stops at the end of a header, so that what a body may be is settled
// before the first octet of it is looked at.
class RequestReader {
  public:
    enum class State {
        header,  // octets of it are missing
        body,    // the header is there, and octets of the body are missing
        done,
        broken,  // nothing more can be made of what comes
    };
    struct Fault {
        unsigned status = 400;
        std::string what;
    };

    explicit RequestReader(std::size_t max_header);
    ~RequestReader();
    RequestReader(const RequestReader&) = delete;
    RequestReader& operator=(const RequestReader&) = delete;

    // Goes on to the next request, with what has come of it already.
    void begin();
    // Where the next octets go, and how many have come there. Empty: none are taken, because a
    // request that needs so many before it goes on is none.
    std::span<char> room();
    void filled(std::size_t octets);
    // The same for a body: looks at what is there of it. take_body() has it, or the end has come,
    // or more octets are needed.
    void go_on();

    State state() const;
    bool has_begun() const;  // at least one octet of it came
    // Why it is broken, or what is wrong with its header.
    std::optional<Fault> fault() const;

    // All that follows from the end of the header on.
    Request head() const;
    std::optional<std::string_view> field(std::string_view name) const;
    unsigned version() const;  // 10, 11
    bool keep_alive() const;
    std::optional<std::uint64_t> content_length() const;
    bool expects_continue() const;
    // What came of the body since the last call.
    std::string take_body();

  private:
    struct Parsing;
    std::unique_ptr<Parsing> parsing_;
};

}  // namespace http
