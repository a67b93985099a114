#include "server/http/conversation.h"

#include <exception>
#include <optional>
#include <string_view>
#include <variant>

#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include "server/http/owed.h"
#include "server/http/pace.h"
#include "server/http/problem.h"
#include "server/http/response_head.h"
#include "server/journal/messages.h"

namespace http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using beast::http::field;
using boost::system::error_code;

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t read_size = 16 * 1024;
constexpr std::size_t write_size = 64 * 1024;  // each has the idle timeout for itself
constexpr auto pause_between_refusals = std::chrono::seconds(1);

// A body as it comes: nothing is set aside for a length that was merely announced.
struct Octets {
    using value_type = std::string;
    class reader {
      public:
        template <bool is_request, class Fields>
        reader(beast::http::header<is_request, Fields>&, value_type& body) : body_(body) {}
        void init(const boost::optional<std::uint64_t>&, error_code& error) { error = {}; }
        template <class Buffers>
        std::size_t put(const Buffers& buffers, error_code& error) {
            error = {};
            std::size_t octets = 0;
            for (const asio::const_buffer buffer : beast::buffers_range_ref(buffers)) {
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

// Which status a broken request gets; nothing: the connection itself is gone or silent.
std::optional<unsigned> status_of(const error_code& what) {
    using beast::http::error;
    if (what == error::end_of_stream || what == error::partial_message) return std::nullopt;
    if (what == error::header_limit) return 431;
    if (what == error::bad_version) return 505;
    if (what.category() == beast::http::make_error_code(error::bad_method).category()) return 400;
    return std::nullopt;
}

Response broken(unsigned status, const Settings& settings) {
    if (status == 431)
        return problem(status, "the header is above http.maxHeader, " +
                                   std::to_string(settings.max_header) + " octets");
    return problem(status, "this is no HTTP/1.1 request");
}

Response too_large(std::string_view setting, std::uint64_t limit) {
    return problem(413, "the body is above " + std::string(setting) + ", " + std::to_string(limit) +
                            " octets");
}

// The fields of a list are one (RFC 9110 §5.3); nothing: there is none.
std::optional<std::string> text_of(const Fields& fields, field name) {
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

Request head_of(const Fields& fields) {
    Request head;
    head.method = fields.method_string();
    head.target = fields.target();
    head.content_type = fields[field::content_type];
    head.accept = text_of(fields, field::accept);
    head.if_match = text_of(fields, field::if_match);
    head.if_none_match = text_of(fields, field::if_none_match);
    head.idempotency_key = text_of(fields, "Idempotency-Key");
    head.last_event_id = text_of(fields, "Last-Event-ID");
    return head;
}

// What is wrong with it before anybody asks what it wants. A field that is there twice is an
// attempt at something: two readers of it could each take another one.
std::optional<Response> malformed(const Fields& fields) {
    const std::size_t hosts = fields.count(field::host);
    if (hosts > 1 || (hosts == 0 && fields.version() == 11))
        return problem(400, "exactly one Host header is wanted");
    for (const std::string_view name :
         {"Authorization", "Content-Type", "Origin", "Idempotency-Key", "Last-Event-ID"})
        if (fields.count(name) > 1)
            return problem(400, "the header " + std::string(name) + " is there twice");
    if (fields.count(field::transfer_encoding) > 0 &&
        (fields.count(field::transfer_encoding) > 1 ||
         !beast::iequals(fields[field::transfer_encoding], "chunked")))
        return problem(501, "of the transfer codings there is \"chunked\" alone");
    return std::nullopt;
}

enum class Next { request, farewell, cut };

class HttpConversation final : public Conversation,
                               public std::enable_shared_from_this<HttpConversation> {
  public:
    HttpConversation(std::shared_ptr<Connections::Common> common, std::shared_ptr<Channel> channel,
                     Transport transport, std::string remote, const asio::any_io_executor& executor)
        : common_(std::move(common)),
          settings_(common_->settings),
          channel_(std::move(channel)),
          transport_(transport),
          remote_(std::move(remote)),
          bell_(executor),
          buffer_(settings_.max_header + 64 * 1024) {
        common_->open.insert(this);
    }
    ~HttpConversation() override { common_->open.erase(this); }

    asio::awaitable<void> run();

    void cut() override {
        cut_ = true;
        channel_->close();
        bell_.cancel();
    }
    void finish() override {
        if (idle_) channel_->close();
        bell_.cancel();
    }
    void forsake() override {
        cut();
        sink_.reset();
        source_.reset();
    }

  private:
    bool over() const { return cut_ || common_->gone; }
    std::optional<Response> examine(const Fields&, Request&);
    void tell_refusal(const Request&, std::string_view cause);
    // What a route throws is told in the log, not to the peer.
    template <class F>
    std::optional<Response> guarded(const Request&, F call);
    template <class T>
    std::shared_ptr<Owed<T>> owe();
    template <class T>
    asio::awaitable<void> settled(std::shared_ptr<Owed<T>>);

    asio::awaitable<error_code> fill();
    asio::awaitable<error_code> read_header(Parser&);
    asio::awaitable<error_code> read_some_body(Parser&);
    asio::awaitable<Next> exchange();
    asio::awaitable<Next> answer_whole(Parser&, Request);
    asio::awaitable<Next> answer_pieces(Parser&, Request);
    asio::awaitable<Next> turn_away(error_code, bool begun);
    asio::awaitable<Next> respond(Response, bool keep_alive);
    asio::awaitable<Next> stream(bool chunked, bool keep_alive);
    asio::awaitable<bool> send(std::string);

    std::shared_ptr<Connections::Common> common_;
    const Settings& settings_;
    std::shared_ptr<Channel> channel_;
    Transport transport_;
    std::string remote_;
    std::optional<PeerCertificate> certificate_;
    asio::steady_timer bell_;  // rung when what a route owes has come
    beast::flat_buffer buffer_;
    bool cut_ = false;
    // Of the request that is being answered.
    std::string method_, target_, caller_;
    unsigned version_ = 11;
    std::shared_ptr<BodySource> source_;
    std::unique_ptr<BodySink> sink_;
};

template <class F>
std::optional<Response> HttpConversation::guarded(const Request& request, F call) {
    try {
        call();
        return std::nullopt;
    } catch (const std::exception& error) {
        common_->journal.write(
            journal::message::http_failed,
            {{"method", request.method}, {"target", request.target}, {"cause", error.what()}});
        return problem(500, "the request could not be served; the log tells why");
    }
}

template <class T>
std::shared_ptr<Owed<T>> HttpConversation::owe() {
    return Owed<T>::make([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->bell_.cancel();
    });
}

template <class T>
asio::awaitable<void> HttpConversation::settled(std::shared_ptr<Owed<T>> owed) {
    channel_->allow_forever();  // this is not the peer's time
    while (!owed->settled() && !over()) {
        bell_.expires_at(wire::TimePoint::max());
        co_await bell_.async_wait(tuple);
    }
}

asio::awaitable<void> HttpConversation::run() {
    channel_->allow(settings_.idle_timeout);
    const error_code failed = co_await channel_->handshake();
    if (over()) co_return;
    if (failed) {
        ++common_->counters.failed_handshakes;
        common_->journal.write(journal::message::http_handshake_failed,
                               {{"remote", remote_}, {"cause", failed.message()}});
        co_return;
    }
    certificate_ = channel_->certificate();
    Next next = Next::request;
    while (next == Next::request && !common_->closing) next = co_await exchange();
    if (next != Next::cut && !over()) co_await channel_->farewell();
}

asio::awaitable<error_code> HttpConversation::fill() {
    const std::size_t room = std::min(buffer_.max_size() - buffer_.size(), read_size);
    if (room == 0) co_return beast::http::error::buffer_overflow;
    const Channel::Read read = co_await channel_->read_some(buffer_.prepare(room));
    buffer_.commit(read.octets);
    co_return read.error;
}

asio::awaitable<error_code> HttpConversation::read_header(Parser& parser) {
    while (true) {
        if (buffer_.size() > 0) {
            error_code error;
            buffer_.consume(parser.put(buffer_.data(), error));
            if (error && error != beast::http::error::need_more) co_return error;
            if (parser.is_header_done()) co_return error_code();
        }
        const error_code error = co_await fill();
        if (error == asio::error::eof)
            co_return buffer_.size() > 0 ? beast::http::error::partial_message
                                         : beast::http::error::end_of_stream;
        if (error) co_return error;
    }
}

// Some octets of the body, or its end.
asio::awaitable<error_code> HttpConversation::read_some_body(Parser& parser) {
    parser.eager(true);
    while (!parser.is_done()) {
        if (buffer_.size() > 0) {
            error_code error;
            buffer_.consume(parser.put(buffer_.data(), error));
            if (error && error != beast::http::error::need_more) co_return error;
            if (parser.is_done() || !parser.get().body().empty()) break;
        }
        const error_code error = co_await fill();
        if (error == asio::error::eof) co_return beast::http::error::partial_message;
        if (error) co_return error;
    }
    co_return error_code();
}

// Why it is not even asked what the request wants; fills in who sent it.
std::optional<Response> HttpConversation::examine(const Fields& fields, Request& request) {
    if (auto no = malformed(fields)) {
        ++common_->counters.malformed;
        return no;
    }
    const bool over_socket = transport_ == Transport::local;
    const auto one = [&](field name) -> std::optional<std::string_view> {
        const auto found = fields.find(name);
        if (found == fields.end()) return std::nullopt;
        return std::string_view(found->value());
    };
    request.remote = remote_;
    const auto who =
        identify({over_socket, one(field::authorization), certificate_ ? &*certificate_ : nullptr},
                 *common_->authentication);
    if (const auto* stranger = std::get_if<Stranger>(&who)) {
        if (common_->router.is_open_to_all(request)) return std::nullopt;
        ++common_->counters.unauthenticated;
        tell_refusal(request, to_string(stranger->why));
        return refusal(*stranger);
    }
    const auto& identity = std::get<Identity>(who);
    request.caller = identity.caller;
    request.authenticated = identity.authenticated;
    caller_ = identity.caller.name;
    if (identity.authenticated) return std::nullopt;
    auto no = objection({over_socket, request.method, one(field::host), one(field::origin)});
    if (no) ++common_->counters.misdirected;
    return no;
}

void HttpConversation::tell_refusal(const Request& request, std::string_view cause) {
    const auto now = wire::Clock::now();
    if (now - common_->refusal_told < pause_between_refusals) {
        ++common_->refusals_untold;
        return;
    }
    common_->refusal_told = now;
    const auto untold = std::exchange(common_->refusals_untold, 0);
    common_->journal.write(journal::message::http_refused, {{"remote", remote_},
                                                            {"method", request.method},
                                                            {"target", request.target},
                                                            {"cause", std::string(cause)},
                                                            {"others", std::to_string(untold)}});
}

asio::awaitable<Next> HttpConversation::exchange() {
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(settings_.max_header));
    parser.body_limit(boost::none);  // which limit it is turns out below
    idle_ = true;
    since_ = wire::Clock::now();
    // One allowance for the whole request: a trickle does not renew it.
    channel_->allow(settings_.idle_timeout);
    const error_code error = co_await read_header(parser);
    idle_ = false;
    if (over()) co_return Next::cut;
    if (error) co_return co_await turn_away(error, buffer_.size() > 0);

    ++common_->counters.requests;
    Request request = head_of(parser.get());
    method_ = request.method;
    target_ = request.target;
    caller_.clear();
    version_ = parser.get().version();
    // Of what is refused by its header nothing more is read.
    const bool bodiless = parser.is_done() && parser.keep_alive();
    Router::Reception reception;
    std::optional<Response> refused;
    auto failed = guarded(request, [&] {
        refused = examine(parser.get(), request);
        if (!refused) reception = common_->router.receive(request);
    });
    if (failed) refused = std::move(failed);
    if (auto* response = std::get_if<Response>(&reception)) refused = std::move(*response);
    auto* sink = std::get_if<std::unique_ptr<BodySink>>(&reception);
    const std::uint64_t limit = sink != nullptr ? settings_.max_import : settings_.max_body;
    if (!refused && parser.content_length().value_or(0) > limit)
        refused = too_large(sink != nullptr ? "http.maxImport" : "http.maxBody", limit);
    if (refused) co_return co_await respond(std::move(*refused), bodiless);
    if (sink != nullptr) sink_ = std::move(*sink);

    if (version_ == 11 && !parser.is_done() &&
        beast::iequals(parser.get()[field::expect], "100-continue") &&
        !co_await send("HTTP/1.1 100 Continue\r\n\r\n"))
        co_return Next::cut;
    if (sink_) co_return co_await answer_pieces(parser, std::move(request));
    co_return co_await answer_whole(parser, std::move(request));
}

asio::awaitable<Next> HttpConversation::answer_whole(Parser& parser, Request request) {
    channel_->allow(settings_.idle_timeout);
    while (!parser.is_done()) {
        const error_code error = co_await read_some_body(parser);
        if (over()) co_return Next::cut;
        if (error) co_return co_await turn_away(error, true);
        request.body += std::exchange(parser.get().body(), {});
        if (request.body.size() > settings_.max_body)
            co_return co_await respond(too_large("http.maxBody", settings_.max_body), false);
    }
    const auto owed = owe<Response>();
    if (auto failed = guarded(
            request, [&] { common_->router.route(request, Owed<Response>::callback(owed)); }))
        co_return co_await respond(std::move(*failed), parser.keep_alive());
    co_await settled(owed);
    if (over()) co_return Next::cut;
    auto response = owed->take();
    if (!response) response = problem(500, "the request was not answered");
    co_return co_await respond(std::move(*response), parser.keep_alive());
}

asio::awaitable<Next> HttpConversation::answer_pieces(Parser& parser, Request request) {
    Pace pace(settings_.idle_timeout);
    std::uint64_t total = 0;
    while (!parser.is_done()) {
        channel_->allow(pace.left());
        const auto begun = wire::Clock::now();
        const error_code error = co_await read_some_body(parser);
        if (over()) co_return Next::cut;
        const std::string piece = std::exchange(parser.get().body(), {});
        pace.took(wire::Clock::now() - begun, piece.size());
        total += piece.size();
        if (error || total > settings_.max_import) {
            sink_.reset();
            if (error) co_return co_await turn_away(error, true);
            co_return co_await respond(too_large("http.maxImport", settings_.max_import), false);
        }
        if (piece.empty()) continue;
        using Answer = std::optional<Response>;
        const auto owed = owe<Answer>();
        auto refused = guarded(request, [&] { sink_->piece(piece, Owed<Answer>::callback(owed)); });
        if (!refused) {
            co_await settled(owed);
            if (over()) co_return Next::cut;
            auto came = owed->take();
            if (!came)
                refused = problem(500, "the request was not answered");
            else
                refused = std::move(*came);
        }
        if (refused) {
            sink_.reset();
            co_return co_await respond(std::move(*refused), false);
        }
    }
    const auto owed = owe<Response>();
    std::optional<Response> response =
        guarded(request, [&] { sink_->end(Owed<Response>::callback(owed)); });
    if (!response) {
        co_await settled(owed);
        if (over()) co_return Next::cut;
        response = owed->take();
    }
    sink_.reset();
    if (!response) response = problem(500, "the request was not answered");
    co_return co_await respond(std::move(*response), parser.keep_alive());
}

asio::awaitable<Next> HttpConversation::turn_away(error_code error, bool begun) {
    if (channel_->ran_out() && begun) ++common_->counters.slow_peers;
    const auto status = status_of(error);
    if (!status) co_return channel_->ran_out() ? Next::cut : Next::farewell;
    ++common_->counters.malformed;
    version_ = 11;
    method_.clear();
    co_return co_await respond(broken(*status, settings_), false);
}

asio::awaitable<Next> HttpConversation::respond(Response response, bool keep_alive) {
    if (!method_.empty() && common_->journal.enabled(journal::message::http_request.level))
        common_->journal.write(journal::message::http_request,
                               {{"method", method_},
                                {"target", target_},
                                {"caller", caller_},
                                {"status", std::to_string(response.status)}});
    source_ = std::move(response.source);
    HeadOptions options;
    options.version = version_;
    options.now = std::chrono::system_clock::now();
    if (response.status == 204 || response.status == 304)
        options.framing = Framing::none;
    else if (source_)
        options.framing = version_ == 11 ? Framing::chunked : Framing::close;
    options.keep_alive = keep_alive && !common_->closing && options.framing != Framing::close &&
                         !(source_ && !source_->heartbeat().empty());
    std::string octets = response_head(response, options);
    const bool has_body = method_ != "HEAD" && options.framing != Framing::none;
    if (!has_body) source_.reset();
    if (has_body && !source_) octets += response.body;
    if (!co_await send(std::move(octets))) co_return Next::cut;
    if (source_) co_return co_await stream(options.framing == Framing::chunked, options.keep_alive);
    co_return options.keep_alive ? Next::request : Next::farewell;
}

asio::awaitable<Next> HttpConversation::stream(bool chunked, bool keep_alive) {
    const std::string heartbeat(source_->heartbeat());
    const bool endless = !heartbeat.empty();
    const auto cut_off = [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->cut();
    };
    source_->start(cut_off);
    if (endless) channel_->watch(cut_off);
    const auto framed = [chunked](std::string octets) {
        return chunked ? chunk(octets) : std::move(octets);
    };
    bool ended = false;
    while (!ended) {
        const auto owed = owe<BodySource::Piece>();
        source_->next(Owed<BodySource::Piece>::callback(owed));
        if (endless) channel_->allow_forever();
        while (endless && !owed->settled() && !over() && !common_->closing) {
            bell_.expires_after(settings_.heartbeat);
            const auto [rung] = co_await bell_.async_wait(tuple);
            if (rung || owed->settled() || over()) continue;
            if (!co_await send(framed(heartbeat))) co_return Next::cut;
            channel_->allow_forever();
        }
        if (!endless) co_await settled(owed);
        if (over()) co_return Next::cut;
        auto piece = owed->take();
        if (!piece && !(endless && common_->closing)) co_return Next::cut;
        if (!piece) piece = BodySource::Piece{{}, BodySource::Piece::Then::end};
        if (piece->then == BodySource::Piece::Then::cut) co_return Next::cut;
        ended = piece->then == BodySource::Piece::Then::end || (endless && common_->closing);
        std::string octets = framed(std::move(piece->octets));
        if (ended && chunked) octets += last_chunk;
        if (!octets.empty() && !co_await send(std::move(octets))) co_return Next::cut;
    }
    source_.reset();
    if (endless) co_return Next::cut;  // the channel is being watched: nobody else may read
    co_return keep_alive ? Next::request : Next::farewell;
}

asio::awaitable<bool> HttpConversation::send(std::string octets) {
    for (std::size_t at = 0; at < octets.size(); at += write_size) {
        channel_->allow(settings_.idle_timeout);
        const error_code error =
            co_await channel_->write(std::string_view(octets).substr(at, write_size));
        if (over()) co_return false;
        if (error) {
            if (channel_->ran_out()) ++common_->counters.slow_peers;
            co_return false;
        }
    }
    co_return true;
}

asio::awaitable<void> serve(std::shared_ptr<HttpConversation> conversation) {
    co_await conversation->run();
}

}  // namespace

void Conversation::start(std::shared_ptr<Connections::Common> common,
                         std::shared_ptr<Channel> channel, Transport transport, std::string remote,
                         const asio::any_io_executor& executor) {
    auto conversation =
        std::make_shared<HttpConversation>(common, channel, transport, std::move(remote), executor);
    asio::co_spawn(
        executor, serve(std::move(conversation)),
        [common = std::move(common), channel = std::move(channel)](std::exception_ptr escaped) {
            channel->close();
            if (!escaped || common->gone) return;
            try {
                std::rethrow_exception(escaped);
            } catch (const std::exception& error) {
                common->journal.write(journal::message::http_failed, {{"cause", error.what()}});
            }
        });
}

}  // namespace http
