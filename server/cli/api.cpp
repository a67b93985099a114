#include "server/cli/api.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <nlohmann/json.hpp>

#include "server/asio.h"

namespace cli {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Local = asio::local::stream_protocol;
using Error = boost::system::error_code;

// Of an answer in memory: a plan shows every payload twice, as digits and as values.
constexpr std::size_t largest_answer = 64 * 1024 * 1024;
constexpr std::size_t piece_size = 16 * 1024;

std::string describe(const Error& error) {
    if (error == boost::system::errc::no_such_file_or_directory)
        return "there is no such socket; does lwm2m-bootstrapd run?";
    if (error == boost::system::errc::connection_refused)
        return "nobody listens there; does lwm2m-bootstrapd run?";
    if (error == boost::system::errc::permission_denied)
        return "this user may not use it; ask as the daemon's user or as root";
    if (error == beast::error::timeout) return "no answer in time";
    if (error == beast::http::error::end_of_stream || error == beast::http::error::partial_message)
        return "it ended the connection";
    return error.message();
}

// One connection, one request, one answer.
class Conversation {
  public:
    explicit Conversation(const ApiFlow& flow) : flow_(flow) {}

    Error connect(const std::filesystem::path& socket) {
        return step(
            [&](auto done) { stream_.async_connect(Local::endpoint(socket.string()), done); });
    }

    Error send(const ApiRequest& wanted) {
        if (flow_.more) return send_pieces(wanted);
        beast::http::request<beast::http::string_body> request(head_of(wanted));
        request.body() = wanted.body;
        if (!wanted.body.empty() || wanted.method == "PUT" || wanted.method == "POST")
            request.prepare_payload();
        return step([&](auto done) { beast::http::async_write(stream_, request, done); });
    }

    // Sets the answer.
    Error receive(ApiAnswer& answer) {
        parser_.body_limit(boost::none);
        if (const Error error = step([&](auto done) {
                beast::http::async_read_header(stream_, buffer_, parser_, done);
            }))
            return error;
        answer.status = parser_.get().result_int();
        const bool is_taken = answer.status == 200 && flow_.take;
        if (is_taken && flow_.opened && !flow_.opened()) return {};
        std::array<char, piece_size> piece{};
        while (!parser_.is_done()) {
            parser_.get().body().data = piece.data();
            parser_.get().body().size = piece.size();
            const Error error = step(
                [&](auto done) { beast::http::async_read_some(stream_, buffer_, parser_, done); });
            if (error && error != beast::http::error::need_buffer) return error;
            const std::string_view octets(piece.data(), piece.size() - parser_.get().body().size);
            if (is_taken) {
                if (!octets.empty() && !flow_.take(octets)) return {};
            } else {
                answer.body += octets;
                if (answer.body.size() > largest_answer) return beast::http::error::body_limit;
            }
        }
        return {};
    }

  private:
    template <class Start>
    Error step(Start start) {
        const auto now = std::chrono::steady_clock::now();
        auto until = now + flow_.patience;
        if (flow_.deadline) until = std::min(until, *flow_.deadline);
        Error failed;
        stream_.expires_at(until);
        start([&](Error error, auto&&...) { failed = error; });
        context_.run();
        context_.restart();
        return failed;
    }

    static beast::http::request_header<> head_of(const ApiRequest& wanted) {
        beast::http::request_header<> head;
        head.version(11);
        head.method_string(wanted.method);
        head.target(wanted.target);
        head.set(beast::http::field::host, "localhost");
        head.set(beast::http::field::connection, "close");
        if (!wanted.content_type.empty())
            head.set(beast::http::field::content_type, wanted.content_type);
        for (const auto& [name, value] : wanted.fields) head.set(name, value);
        return head;
    }

    Error send_pieces(const ApiRequest& wanted) {
        beast::http::request<beast::http::buffer_body> request(head_of(wanted));
        request.chunked(true);
        beast::http::request_serializer<beast::http::buffer_body> serializer(request);
        Error error =
            step([&](auto done) { beast::http::async_write_header(stream_, serializer, done); });
        while (!error && !serializer.is_done()) {
            std::string piece = flow_.more();
            request.body().data = piece.empty() ? nullptr : piece.data();
            request.body().size = piece.size();
            request.body().more = !piece.empty();
            error = step([&](auto done) { beast::http::async_write(stream_, serializer, done); });
            if (error == beast::http::error::need_buffer) error = {};
        }
        return error;
    }

    const ApiFlow& flow_;
    asio::io_context context_;
    beast::basic_stream<Local> stream_{context_};
    beast::flat_buffer buffer_;
    beast::http::response_parser<beast::http::buffer_body> parser_;
};

}  // namespace

std::variant<ApiAnswer, Unreachable> ask(const Place& place, const ApiRequest& request,
                                         const ApiFlow& flow) {
    const auto unreachable = [&](std::string_view why) {
        return Unreachable{"cannot reach the daemon at " + place.socket.string() + ": " +
                           std::string(why)};
    };
    // Longer than what sockaddr_un holds would be an exception.
    if (place.socket.native().size() >= sizeof(sockaddr_un::sun_path))
        return unreachable("the path is too long for a socket");

    Conversation conversation(flow);
    ApiAnswer answer;
    if (const Error error = conversation.connect(place.socket)) return unreachable(describe(error));
    // Who refuses a body may do so before all of it is sent, and read no more.
    const Error unsent = conversation.send(request);
    const Error error = conversation.receive(answer);
    if (error) return unreachable(describe(unsent && answer.status == 0 ? unsent : error));
    return answer;
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view unreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    std::string out;
    for (const char c : text) {
        if (unreserved.find(c) != std::string_view::npos) {
            out += c;
            continue;
        }
        const auto octet = static_cast<std::uint8_t>(c);
        out += '%';
        out += digits[octet >> 4];
        out += digits[octet & 0x0FU];
    }
    return out;
}

std::string detail_of(const ApiAnswer& answer) {
    const auto body = nlohmann::json::parse(answer.body, nullptr, false);
    const auto detail = body.is_object() ? body.find("detail") : body.end();
    if (body.is_object() && detail != body.end() && detail->is_string())
        return detail->get<std::string>();
    return "the daemon answered with status " + std::to_string(answer.status);
}

}  // namespace cli
