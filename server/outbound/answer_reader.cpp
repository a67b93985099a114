#include "server/outbound/answer_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "server/asio.h"

namespace outbound {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr unsigned most_interim = 8;

// RFC 9110 §10.2.3; a date is not read: it takes two clocks that agree.
std::optional<std::chrono::seconds> seconds(std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return std::chrono::seconds(value);
}

}  // namespace

class AnswerReader::Parser : public http::response_parser<http::string_body> {
  public:
    Parser() {
        header_limit(static_cast<std::uint32_t>(Client::max_header));
        body_limit(Client::max_body);
        eager(true);
    }
};

AnswerReader::AnswerReader() : parser_(std::make_unique<Parser>()) {}
AnswerReader::~AnswerReader() = default;

AnswerReader::State AnswerReader::feed(std::string_view octets) {
    if (!octets.empty()) started_ = true;
    input_.append(octets);
    return parse();
}

AnswerReader::State AnswerReader::parse() {
    while (!input_.empty() && !parser_->is_done()) {
        error_code error;
        const std::size_t used = parser_->put(boost::asio::buffer(input_), error);
        input_.erase(0, used);
        if (error == http::error::need_more) return State::more;
        if (error == http::error::body_limit) return State::cut_off;
        if (error) {
            why_ = error.message();
            return State::garbage;
        }
        if (!parser_->is_header_done()) break;
        const unsigned status = parser_->get().result_int();
        if (status < 100 || status == 101 || (status < 200 && ++interim_ > most_interim)) {
            why_ = "no final status";
            return State::garbage;
        }
        if (status < 200)
            parser_ = std::make_unique<Parser>();
        else if (used == 0)
            break;
    }
    return parser_->is_done() ? State::complete : State::more;
}

AnswerReader::State AnswerReader::end() {
    error_code error;
    if (parser_->got_some() && !parser_->is_done()) parser_->put_eof(error);
    if (!error && parser_->is_done()) return State::complete;
    why_ = started_ ? "the connection ended in the middle of the answer"
                    : "the connection ended without an answer";
    return State::garbage;
}

Answer AnswerReader::answer() const {
    const auto& message = parser_->get();
    Answer answer;
    answer.status = message.result_int();
    answer.body = message.body().substr(0, Client::max_body);
    const auto field = message[http::field::retry_after];
    answer.retry_after = seconds({field.data(), field.size()});
    return answer;
}

bool AnswerReader::can_go_on() const {
    return parser_->is_done() && parser_->keep_alive() && input_.empty();
}

}  // namespace outbound
