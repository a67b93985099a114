#include "server/http/conversation.h"

#include <exception>
#include <optional>
#include <string_view>
#include <variant>

#include "server/http/examination.h"
#include "server/http/owed.h"
#include "server/http/pace.h"
#include "server/http/problem.h"
#include "server/http/request_reader.h"
#include "server/http/response_head.h"
#include "server/http/target.h"
#include "server/journal/messages.h"

namespace http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using State = RequestReader::State;

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t write_size = 64 * 1024;  // each has the idle timeout for itself

Response too_large(std::string_view setting, std::uint64_t limit) {
    return problem(413, "the body is above " + std::string(setting) + ", " + std::to_string(limit) +
                            " octets");
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
          reader_(settings_.max_header) {
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
    // What a route throws is told in the log, not to the peer.
    template <class F>
    std::optional<Response> guarded(const Request&, F call);
    template <class T>
    std::shared_ptr<Owed<T>> owe();
    template <class T>
    asio::awaitable<void> settled(std::shared_ptr<Owed<T>>);

    asio::awaitable<bool> fill();
    asio::awaitable<bool> read_header();
    asio::awaitable<bool> read_some_body();
    asio::awaitable<Next> exchange();
    asio::awaitable<Next> answer_whole(Request);
    asio::awaitable<Next> answer_pieces(Request);
    asio::awaitable<Next> turn_away();
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
    RequestReader reader_;
    bool cut_ = false;
    std::string body_;  // the octets of it that were read last
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
        common_->journal.write(journal::message::http_failed,
                               {{"method", request.method},
                                {"target", without_query(request.target)},
                                {"cause", error.what()}});
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

// False when nothing comes any more.
asio::awaitable<bool> HttpConversation::fill() {
    const std::span<char> room = reader_.room();
    if (room.empty()) co_return false;
    const Channel::Read read =
        co_await channel_->read_some(asio::mutable_buffer(room.data(), room.size()));
    if (read.error || over()) co_return false;
    reader_.filled(read.octets);
    co_return true;
}

asio::awaitable<bool> HttpConversation::read_header() {
    reader_.begin();
    while (reader_.state() == State::header) {
        const bool came = co_await fill();
        if (!came) co_return false;
    }
    co_return reader_.state() != State::broken;
}

// Some octets of the body, or its end.
asio::awaitable<bool> HttpConversation::read_some_body() {
    reader_.go_on();
    body_ = reader_.take_body();
    while (reader_.state() == State::body && body_.empty()) {
        const bool came = co_await fill();
        if (!came) co_return false;
        body_ = reader_.take_body();
    }
    co_return reader_.state() != State::broken;
}

asio::awaitable<Next> HttpConversation::exchange() {
    idle_ = true;
    since_ = wire::Clock::now();
    // One allowance for the whole request: a trickle does not renew it.
    channel_->allow(settings_.idle_timeout);
    const bool read = co_await read_header();
    idle_ = false;
    if (over()) co_return Next::cut;
    if (!read) co_return co_await turn_away();

    ++common_->counters.requests;
    Request request = reader_.head();
    method_ = request.method;
    target_ = request.target;
    request.remote = remote_;
    version_ = reader_.version();
    // Of what is refused by its header nothing more is read.
    const bool bodiless = reader_.state() == State::done && reader_.keep_alive();
    Router::Reception reception;
    std::optional<Response> refused;
    auto failed = guarded(request, [&] {
        refused = examine(*common_, reader_, transport_, certificate_ ? &*certificate_ : nullptr,
                          request);
        caller_ = request.caller.name;
        if (!refused) reception = common_->router.receive(request);
    });
    if (failed) refused = std::move(failed);
    if (auto* response = std::get_if<Response>(&reception)) refused = std::move(*response);
    auto* sink = std::get_if<std::unique_ptr<BodySink>>(&reception);
    const std::uint64_t limit = sink != nullptr ? settings_.max_import : settings_.max_body;
    if (!refused && reader_.content_length().value_or(0) > limit)
        refused = too_large(sink != nullptr ? "http.maxImport" : "http.maxBody", limit);
    if (refused) co_return co_await respond(std::move(*refused), bodiless);
    if (sink != nullptr) sink_ = std::move(*sink);

    if (reader_.expects_continue()) {
        const bool sent = co_await send("HTTP/1.1 100 Continue\r\n\r\n");
        if (!sent) co_return Next::cut;
    }
    if (sink_) co_return co_await answer_pieces(std::move(request));
    co_return co_await answer_whole(std::move(request));
}

asio::awaitable<Next> HttpConversation::answer_whole(Request request) {
    channel_->allow(settings_.idle_timeout);
    while (reader_.state() == State::body) {
        const bool read = co_await read_some_body();
        if (over()) co_return Next::cut;
        if (!read) co_return co_await turn_away();
        request.body += body_;
        if (request.body.size() > settings_.max_body)
            co_return co_await respond(too_large("http.maxBody", settings_.max_body), false);
    }
    const auto owed = owe<Response>();
    if (auto failed = guarded(
            request, [&] { common_->router.route(request, Owed<Response>::callback(owed)); }))
        co_return co_await respond(std::move(*failed), reader_.keep_alive());
    co_await settled(owed);
    if (over()) co_return Next::cut;
    auto response = owed->take();
    if (!response) response = problem(500, "the request was not answered");
    co_return co_await respond(std::move(*response), reader_.keep_alive());
}

asio::awaitable<Next> HttpConversation::answer_pieces(Request request) {
    Pace pace(settings_.idle_timeout);
    std::uint64_t total = 0;
    while (reader_.state() == State::body) {
        channel_->allow(pace.left());
        const auto begun = wire::Clock::now();
        const bool read = co_await read_some_body();
        if (over()) co_return Next::cut;
        pace.took(wire::Clock::now() - begun, body_.size());
        total += body_.size();
        if (!read || total > settings_.max_import) {
            sink_.reset();
            if (!read) co_return co_await turn_away();
            co_return co_await respond(too_large("http.maxImport", settings_.max_import), false);
        }
        if (body_.empty()) continue;
        using Answer = std::optional<Response>;
        const auto owed = owe<Answer>();
        auto refused = guarded(request, [&] { sink_->piece(body_, Owed<Answer>::callback(owed)); });
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
    co_return co_await respond(std::move(*response), reader_.keep_alive());
}

// It is no request, or nothing more comes of it.
asio::awaitable<Next> HttpConversation::turn_away() {
    if (channel_->ran_out()) {
        if (reader_.has_begun()) ++common_->counters.slow_peers;
        co_return Next::cut;
    }
    if (reader_.state() != State::broken) co_return Next::farewell;
    ++common_->counters.malformed;
    version_ = 11;
    method_.clear();
    const auto fault = reader_.fault().value_or(RequestReader::Fault{});
    co_return co_await respond(problem(fault.status, fault.what), false);
}

asio::awaitable<Next> HttpConversation::respond(Response response, bool keep_alive) {
    if (!method_.empty() && common_->journal.enabled(journal::message::http_request.level))
        common_->journal.write(journal::message::http_request,
                               {{"method", method_},
                                {"target", without_query(target_)},
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
    const bool sent = co_await send(std::move(octets));
    if (!sent) co_return Next::cut;
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
            const bool sent = co_await send(framed(heartbeat));
            if (!sent) co_return Next::cut;
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
        if (octets.empty()) continue;
        const bool sent = co_await send(std::move(octets));
        if (!sent) co_return Next::cut;
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
