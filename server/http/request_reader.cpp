#include "server/http/request_reader.h"

#include <algorithm>
#include <utility>

#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>

namespace http {
namespace {

namespace beast = boost::beast;
using beast::http::field;
using boost::system::error_code;

constexpr std::size_t read_size = 16 * 1024;
constexpr std::size_t most_behind_header = 64 * 1024;

// A body as it comes: nothing is set aside for a length that was merely announced.
struct Octets {
    using value_type = std::string;
    class reader {
      public:
        template <bool is_request, class Fields>
        reader(beast::http::header<is_request, Fields>& /*header*/, value_type& body)
            : body_(body) {}
        void init(const boost::optional<std::uint64_t>& /*length*/, error_code& error) {
            error = {};
        }
        template <class Buffers>
        std::size_t put(const Buffers& buffers, error_code& error) {
            error = {};
            std::size_t octets = 0;
            for (const boost::asio::const_buffer buffer : beast::buffers_range_ref(buffers)) {
                body_.append(static_cast<const char*>(buffer.data()), buffer.size());
                octets += buffer.size();
            }
            return octets;
        }
        void finish(error_code& error) { error = {}; }

      private:
        value_type& body_;
    };
};
using Parser = beast::http::request_parser<Octets>;
using Fields = Parser::value_type;

RequestReader::Fault fault_of(const error_code& what, std::size_t max_header) {
    using beast::http::error;
    if (what == error::header_limit)
        return {431,
                "the header is above http.maxHeader, " + std::to_string(max_header) + " octets"};
    if (what == error::bad_version) return {505, "this is no HTTP/1.1 request"};
    return {400, "this is no HTTP/1.1 request"};
}

// What is wrong with a header that is well-formed. A field that is there twice is an attempt at
// something: two readers of it could each take another one.
std::optional<RequestReader::Fault> fault_of(const Fields& fields) {
    using Fault = RequestReader::Fault;
    const std::size_t hosts = fields.count(field::host);
    if (hosts > 1 || (hosts == 0 && fields.version() == 11))
        return Fault{400, "exactly one Host header is wanted"};
    for (const std::string_view name :
         {"Authorization", "Content-Type", "Origin", "Idempotency-Key", "Last-Event-ID"})
        if (fields.count(name) > 1)
            return Fault{400, "the header " + std::string(name) + " is there twice"};
    const std::size_t codings = fields.count(field::transfer_encoding);
    if (codings > 1 ||
        (codings == 1 && !beast::iequals(fields[field::transfer_encoding], "chunked")))
        return Fault{501, "of the transfer codings there is \"chunked\" alone"};
    return std::nullopt;
}

// The fields of a list are one (RFC 9110 §5.3); nothing: there is none.
std::optional<std::string> list_of(const Fields& fields, field name) {
    const auto [first, last] = fields.equal_range(name);
    if (first == last) return std::nullopt;
    std::string text(first->value());
    for (auto next = std::next(first); next != last; ++next)
        (text += ", ") += std::string_view(next->value());
    return text;
}
std::optional<std::string> text_of(const Fields& fields, std::string_view name) {
    const auto found = fields.find(name);
    if (found == fields.end()) return std::nullopt;
    return std::string(found->value());
}

}  // namespace

struct RequestReader::Parsing {
    explicit Parsing(std::size_t header)
        : max_header(header), buffer(header + most_behind_header) {}

    void parse() {
        if (buffer.size() == 0 || fault || parser->is_done()) return;
        error_code error;
        buffer.consume(parser->put(buffer.data(), error));
        if (error && error != beast::http::error::need_more) fault = fault_of(error, max_header);
    }

    std::size_t max_header;
    beast::flat_buffer buffer;
    std::optional<Parser> parser;
    std::optional<Fault> fault;  // after it the rest is noise
};

RequestReader::RequestReader(std::size_t max_header)
    : parsing_(std::make_unique<Parsing>(max_header)) {
    begin();
}
RequestReader::~RequestReader() = default;

void RequestReader::begin() {
    auto& parser = parsing_->parser.emplace();
    parser.header_limit(static_cast<std::uint32_t>(parsing_->max_header));
    parser.body_limit(boost::none);  // which limit it is turns out after the header
    if (!parsing_->fault) parsing_->parse();
}

std::span<char> RequestReader::room() {
    auto& buffer = parsing_->buffer;
    const std::size_t octets = std::min(buffer.max_size() - buffer.size(), read_size);
    if (octets == 0) {
        if (!parsing_->fault) parsing_->fault = Fault{400, "this is no HTTP/1.1 request"};
        return {};
    }
    const auto prepared = buffer.prepare(octets);
    return {static_cast<char*>(prepared.data()), prepared.size()};
}

void RequestReader::filled(std::size_t octets) {
    parsing_->buffer.commit(octets);
    parsing_->parse();
}

void RequestReader::go_on() {
    if (!parsing_->parser->is_header_done()) return;
    parsing_->parser->eager(true);
    parsing_->parse();
}

RequestReader::State RequestReader::state() const {
    if (parsing_->fault) return State::broken;
    if (!parsing_->parser->is_header_done()) return State::header;
    return parsing_->parser->is_done() ? State::done : State::body;
}

bool RequestReader::has_begun() const {
    return parsing_->buffer.size() > 0 || parsing_->parser->got_some();
}

std::optional<RequestReader::Fault> RequestReader::fault() const {
    if (parsing_->fault || !parsing_->parser->is_header_done()) return parsing_->fault;
    return fault_of(parsing_->parser->get());
}

Request RequestReader::head() const {
    const Fields& fields = parsing_->parser->get();
    Request head;
    head.method = fields.method_string();
    head.target = fields.target();
    head.content_type = fields[field::content_type];
    head.accept = list_of(fields, field::accept);
    head.if_match = list_of(fields, field::if_match);
    head.if_none_match = list_of(fields, field::if_none_match);
    head.idempotency_key = text_of(fields, "Idempotency-Key");
    head.last_event_id = text_of(fields, "Last-Event-ID");
    return head;
}

std::optional<std::string_view> RequestReader::field(std::string_view name) const {
    const Fields& fields = parsing_->parser->get();
    const auto found = fields.find(name);
    if (found == fields.end()) return std::nullopt;
    return std::string_view(found->value());
}

unsigned RequestReader::version() const {
    return parsing_->parser->get().version();
}

bool RequestReader::keep_alive() const {
    return parsing_->parser->keep_alive();
}

std::optional<std::uint64_t> RequestReader::content_length() const {
    const auto length = parsing_->parser->content_length();
    if (!length) return std::nullopt;
    return *length;
}

bool RequestReader::expects_continue() const {
    const auto expected = field("Expect");
    return version() == 11 && state() == State::body && expected &&
           beast::iequals(*expected, "100-continue");
}

std::string RequestReader::take_body() {
    return std::exchange(parsing_->parser->get().body(), {});
}

}  // namespace http
