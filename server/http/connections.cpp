#include "server/http/connections.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <unordered_set>

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "server/http/problem.h"
#include "server/http/router.h"
#include "server/journal/messages.h"

namespace http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Stream = beast::basic_stream<asio::generic::stream_protocol>;
using Parser = beast::http::request_parser<beast::http::string_body>;
using Message = beast::http::request<beast::http::string_body>;

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
// What a peer that is being turned away may still send before the connection is cut.
constexpr std::size_t most_ignored = 1024 * 1024;
constexpr auto longest_farewell = std::chrono::seconds(2);

// Which status a broken request gets; nothing: the connection itself is gone or silent.
std::optional<unsigned> status_of(const beast::error_code& what) {
    using beast::http::error;
    if (what == error::end_of_stream || what == error::partial_message) return std::nullopt;
    if (what == error::header_limit) return 431;
    if (what == error::body_limit) return 413;
    if (what == error::bad_version) return 505;
    if (what.category() == beast::http::make_error_code(error::bad_method).category()) return 400;
    return std::nullopt;
}

Response broken(unsigned status, const Settings& settings) {
    if (status == 431)
        return problem(status, "the header is above http.maxHeader, " +
                                   std::to_string(settings.max_header) + " octets");
    if (status == 413)
        return problem(status, "the body is above http.maxBody, " +
                                   std::to_string(settings.max_body) + " octets");
    return problem(status, "this is no HTTP/1.1 request");
}

}  // namespace

struct Connections::Connection {
    explicit Connection(Socket socket) : stream(std::move(socket)) {}
    Stream stream;
    bool idle = true;  // waits for the next request
    wire::TimePoint since = wire::Clock::now();
};

struct Connections::Shared {
    Shared(const Settings& s, Backend& b, journal::Journal& j)
        : settings(s), backend(b), journal(j) {}

    Settings settings;
    Backend& backend;
    journal::Journal& journal;
    std::unordered_set<Connection*> open;
    bool closing = false;
    bool gone = false;  // the Backend may not be called any more
    bool told_full = false;
};

namespace {

// Host is a must in HTTP/1.1 (RFC 9112 §3.2), and twice is an attempt at something.
std::optional<Response> objection(const Message& message) {
    const auto hosts = message.count(beast::http::field::host);
    if (hosts > 1 || (hosts == 0 && message.version() == 11))
        return problem(400, "exactly one Host header is wanted");
    return std::nullopt;
}

Response answer(Message&& message, bool over_tcp, Backend& backend, journal::Journal& journal) {
    if (auto no = objection(message)) return std::move(*no);
    Request request;
    request.method = message.method_string();
    request.target = message.target();
    request.content_type = message[beast::http::field::content_type];
    if (over_tcp && message.count(beast::http::field::host) == 1)
        request.host = std::string(message[beast::http::field::host]);
    request.body = std::move(message.body());
    Response response;
    try {
        response = route(request, backend);
    } catch (const std::exception& error) {
        journal.write(
            journal::message::http_failed,
            {{"method", request.method}, {"target", request.target}, {"cause", error.what()}});
        response = problem(500, "the request could not be served; the log tells why");
    }
    if (journal.enabled(journal::message::http_request.level))
        journal.write(journal::message::http_request,
                      {{"method", request.method},
                       {"target", request.target},
                       {"status", std::to_string(response.status)}});
    return response;
}

asio::awaitable<bool> write(Stream& stream, Response response, unsigned version, bool keep_alive,
                            bool head) {
    beast::http::response<beast::http::string_body> message;
    message.version(version);
    message.result(response.status);
    message.reason(std::string(reason_phrase(response.status)));
    message.set(beast::http::field::server, "lwm2m-bootstrapd");
    message.set("X-Content-Type-Options", "nosniff");
    if (!response.content_type.empty())
        message.set(beast::http::field::content_type, response.content_type);
    for (const auto& [name, value] : response.headers) message.set(name, value);
    message.keep_alive(keep_alive);
    message.body() = std::move(response.body);
    if (response.status != 204) message.content_length(message.body().size());
    beast::http::response_serializer<beast::http::string_body> serializer(message);
    const auto [error, octets] =
        head ? co_await beast::http::async_write_header(stream, serializer, tuple)
             : co_await beast::http::async_write(stream, serializer, tuple);
    co_return !error;
}

// Says good-bye so that the last answer arrives: a socket closed with octets unread is reset.
asio::awaitable<void> farewell(Stream& stream) {
    boost::system::error_code ignored;
    stream.socket().shutdown(asio::socket_base::shutdown_send, ignored);
    stream.expires_after(longest_farewell);
    std::array<char, 4096> discarded{};
    for (std::size_t total = 0; total < most_ignored;) {
        const auto [error, octets] =
            co_await stream.async_read_some(asio::buffer(discarded), tuple);
        if (error) break;
        total += octets;
    }
}

}  // namespace

asio::awaitable<void> Connections::serve(std::shared_ptr<Shared> shared, Socket socket,
                                         Transport transport) {
    Connection connection(std::move(socket));
    struct Registration {
        Shared& shared;
        Connection* connection;
        ~Registration() { shared.open.erase(connection); }
    } registration{*shared, &connection};
    shared->open.insert(&connection);

    Stream& stream = connection.stream;
    const Settings& settings = shared->settings;
    beast::flat_buffer buffer(settings.max_header + 64 * 1024);
    bool keep_alive = true;
    while (keep_alive && !shared->closing) {
        Parser parser;
        parser.header_limit(static_cast<std::uint32_t>(settings.max_header));
        parser.body_limit(settings.max_body);
        connection.idle = true;
        connection.since = wire::Clock::now();
        // One allowance for the whole request: a trickle does not renew it.
        stream.expires_after(settings.idle_timeout);
        auto [error, octets] =
            co_await beast::http::async_read_header(stream, buffer, parser, tuple);
        connection.idle = false;
        if (!error && beast::iequals(parser.get()[beast::http::field::expect], "100-continue")) {
            constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
            std::tie(error, octets) =
                co_await asio::async_write(stream, asio::buffer(go_on), tuple);
        }
        if (!error)
            std::tie(error, octets) =
                co_await beast::http::async_read(stream, buffer, parser, tuple);
        if (shared->gone) co_return;

        stream.expires_after(settings.idle_timeout);
        if (error) {
            if (const auto status = status_of(error))
                co_await write(stream, broken(*status, settings), 11, false, false);
            break;
        }
        Message message = parser.release();
        const bool head = message.method() == beast::http::verb::head;
        const unsigned version = message.version();
        keep_alive = message.keep_alive();
        Response response = answer(std::move(message), transport == Transport::tcp, shared->backend,
                                   shared->journal);
        keep_alive = keep_alive && !shared->closing;
        if (!co_await write(stream, std::move(response), version, keep_alive, head)) co_return;
    }
    co_await farewell(stream);
}

Connections::Connections(const Settings& settings, Backend& backend, journal::Journal& journal)
    : shared_(std::make_shared<Shared>(settings, backend, journal)) {}

Connections::~Connections() {
    shared_->gone = true;
    shared_->closing = true;
    for (Connection* connection : shared_->open) connection->stream.close();
}

void Connections::add(Socket socket, Transport transport) {
    if (shared_->closing) return;
    auto& open = shared_->open;
    if (open.size() >= shared_->settings.max_connections) {
        Connection* longest = nullptr;
        for (Connection* one : open)
            if (one->idle && (longest == nullptr || one->since < longest->since)) longest = one;
        if (!std::exchange(shared_->told_full, true))
            shared_->journal.write(journal::message::limit_reached,
                                   {{"limit", "http.maxConnections"},
                                    {"value", std::to_string(shared_->settings.max_connections)}});
        if (longest == nullptr) return;
        longest->idle = false;  // it is on its way out: chosen once
        longest->stream.close();
    } else if (open.size() < shared_->settings.max_connections / 2) {
        shared_->told_full = false;
    }
    const auto executor = socket.get_executor();
    asio::co_spawn(
        executor, serve(shared_, std::move(socket), transport),
        [shared = shared_](std::exception_ptr escaped) {
            if (!escaped || shared->gone) return;
            try {
                std::rethrow_exception(escaped);
            } catch (const std::exception& error) {
                shared->journal.write(journal::message::http_failed, {{"cause", error.what()}});
            }
        });
}

void Connections::close() {
    shared_->closing = true;
    for (Connection* connection : shared_->open)
        if (connection->idle) connection->stream.close();
}

std::size_t Connections::size() const {
    return shared_->open.size();
}

}  // namespace http
