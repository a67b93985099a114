#include "server/cli/api.h"

#include <chrono>
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

constexpr auto patience = std::chrono::seconds(30);
// Of an answer: a plan shows every payload twice, as digits and as values.
constexpr std::size_t largest_answer = 64 * 1024 * 1024;

std::string describe(const boost::system::error_code& error) {
    if (error == boost::system::errc::no_such_file_or_directory)
        return "there is no such socket; does lwm2m-bootstrapd run?";
    if (error == boost::system::errc::connection_refused)
        return "nobody listens there; does lwm2m-bootstrapd run?";
    if (error == boost::system::errc::permission_denied)
        return "this user may not use it; ask as the daemon's user or as root";
    if (error == beast::error::timeout) return "no answer in time";
    return error.message();
}

}  // namespace

std::variant<ApiAnswer, Unreachable> api_get(const std::filesystem::path& socket,
                                             std::string_view target) {
    const auto unreachable = [&](std::string_view why) {
        return Unreachable{"cannot reach the daemon at " + socket.string() + ": " +
                           std::string(why)};
    };
    // Longer than what sockaddr_un holds would be an exception.
    if (socket.native().size() >= sizeof(sockaddr_un::sun_path))
        return unreachable("the path is too long for a socket");

    asio::io_context context;
    beast::basic_stream<Local> stream(context);
    beast::http::request<beast::http::empty_body> request(beast::http::verb::get,
                                                          {target.data(), target.size()}, 11);
    request.set(beast::http::field::host, "localhost");
    request.set(beast::http::field::accept, "application/json");
    beast::http::response_parser<beast::http::string_body> parser;
    parser.body_limit(largest_answer);
    beast::flat_buffer buffer;

    boost::system::error_code failed;
    const auto step = [&](auto start) {
        if (failed) return;
        stream.expires_after(patience);
        start([&](boost::system::error_code error, auto&&...) { failed = error; });
        context.run();
        context.restart();
    };
    step([&](auto done) { stream.async_connect(Local::endpoint(socket.string()), done); });
    step([&](auto done) { beast::http::async_write(stream, request, done); });
    step([&](auto done) { beast::http::async_read(stream, buffer, parser, done); });
    if (failed) return unreachable(describe(failed));
    return ApiAnswer{parser.get().result_int(), std::move(parser.get().body())};
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
