#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/http/caller.h"

// What passes between the connections, which know HTTP and TLS, and the routes, which know what
// the API is about. Neither Beast nor sockets: every route is tested without them. All of it is
// used on the control thread.
namespace http {

// Who sent it is settled before a route sees it: the connections refuse those who are nobody (401),
// a Host that is none of ours (421) and what a foreign web page sends (403).
struct Request {
    std::string method;
    std::string target;  // path and query as sent
    std::string content_type;
    std::string body;  // empty while only the header is there
    // As sent; several fields of a list (RFC 9110 §5.3) are joined by ", ".
    std::optional<std::string> accept, if_match, if_none_match;
    std::optional<std::string> idempotency_key, last_event_id;
    Caller caller;
    bool authenticated = false;  // by a token or a certificate, not by how it came in
    std::string remote;          // "192.0.2.1:50000", "socket"
};

// The body of an answer that is made while it is sent. Destroyed when all was sent or the
// connection is gone, whichever is first, also while a piece is owed: the Give is then void.
class BodySource {
  public:
    virtual ~BodySource() = default;

    struct Piece {
        enum class Then {
            go_on,
            end,  // after these octets
            cut,  // it broke: the connection is closed so that the peer sees it is not whole
        };
        std::string octets;
        Then then = Then::go_on;
    };
    using Give = std::function<void(Piece)>;
    // Wants the next piece, some ten kilobytes at best: given once, at once or later. Not called
    // again before that piece has left.
    virtual void next(Give) = 0;

    // Called once, before the first next(): `cut` ends the connection at once, whatever it is
    // doing. Of no effect after the source is gone.
    virtual void start(std::function<void()> cut) { static_cast<void>(cut); }
    // What is sent when no piece came for a while (15 s). Not empty: a stream without an end, that
    // ends when the peer closes or the daemon stops, and lasts as long as the peer likes.
    virtual std::string_view heartbeat() const { return {}; }
};

struct Response {
    unsigned status = 200;
    std::string content_type;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    // Instead of body. Shared, because answers are kept in callbacks that are copied.
    std::shared_ptr<BodySource> source = nullptr;
};
// Called once, at once or later; further calls, and those after the connection is gone, do
// nothing. If all its copies go uncalled the answer is 500.
using Reply = std::function<void(Response)>;

// Takes a long body piece by piece. Destroyed without end() when the body was cut off or went
// above its limit, and before the answer when the connection goes meanwhile; callbacks that are
// under way must find that out by themselves.
class BodySink {
  public:
    virtual ~BodySink() = default;

    // Called once, at once or later: nothing, and the next piece is read; an answer, and the rest
    // is not wanted. Until then nothing is read.
    using More = std::function<void(std::optional<Response>)>;
    // Some kilobytes, never empty; they stay until the call returns.
    virtual void piece(std::string_view octets, More) = 0;
    // After the last piece.
    virtual void end(Reply) = 0;
};

// What the connections ask for every request. Outlives them.
class Router {
  public:
    virtual ~Router() = default;

    // Whether it is answered without asking who calls (liveness). The caller has no role then.
    virtual bool is_open_to_all(const Request& head) = 0;

    // What becomes of the body, once the header is there.
    struct WholeBody {};  // at most http.maxBody; then route()
    using Reception = std::variant<WholeBody,
                                   Response,  // refused: nothing of the body is read
                                   std::unique_ptr<BodySink>>;  // at most http.maxImport
    virtual Reception receive(const Request& head) = 0;

    // A HEAD is answered as a GET, body included; the connections leave it out.
    virtual void route(Request, Reply) = 0;
};

}  // namespace http
