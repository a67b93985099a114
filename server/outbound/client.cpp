#include "server/outbound/client.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <unordered_map>
#include <utility>

#include "server/outbound/answer_reader.h"
#include "server/outbound/connection.h"

namespace outbound {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t most_tls_contexts = 64;

// A request as its octets; they hold the bearer token, perhaps keys, and are wiped.
class Octets {
  public:
    explicit Octets(const OutRequest& request) {
        add(request.method, " ", request.url.target, " HTTP/1.1\r\nHost: ");
        add(request.url.authority(), "\r\nUser-Agent: lwm2m-bootstrapd\r\n");
        for (const auto& [name, value] : request.headers) add(name, ": ", value, "\r\n");
        if (request.bearer)
            add("Authorization: Bearer ", wire::as_text(request.bearer->reveal()), "\r\n");
        const std::string_view body =
            request.secret_body ? wire::as_text(request.secret_body->reveal()) : request.body;
        if (!body.empty() || request.method != "GET")
            add("Content-Length: ", std::to_string(body.size()), "\r\n");
        add("\r\n", body);
    }
    ~Octets() { model::wipe(octets_.data(), octets_.size()); }
    Octets(const Octets&) = delete;
    Octets& operator=(const Octets&) = delete;

    asio::const_buffer buffer() const { return asio::buffer(octets_); }

  private:
    template <class... Texts>
    void add(const Texts&... texts) {
        (append(texts), ...);
    }
    // Grown by hand: what a string leaves behind when it grows is not wiped.
    void append(std::string_view text) {
        if (octets_.size() + text.size() > octets_.capacity()) {
            std::string larger;
            larger.reserve(2 * (octets_.size() + text.size()) + 512);
            larger = octets_;
            model::wipe(octets_.data(), octets_.size());
            octets_.swap(larger);
        }
        octets_ += text;
    }

    std::string octets_;
};

// One line of a request each: nothing in it may end that line.
bool is_clean(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char octet) {
        return static_cast<unsigned char>(octet) < 0x20 || octet == '\x7f';
    });
}

bool is_clean(const OutRequest& request) {
    return is_clean(request.method) &&
           (!request.bearer || is_clean(wire::as_text(request.bearer->reveal()))) &&
           std::all_of(request.headers.begin(), request.headers.end(), [](const Header& header) {
               return is_clean(header.first) && is_clean(header.second);
           });
}

// What a connection has to be the same in to be used again.
std::string key(const OutRequest& request) {
    const std::string host = request.url.host + ":" + std::to_string(request.url.port);
    return request.url.secure ? "https " + host + " " + request.ca_file.string() : "http " + host;
}

}  // namespace

class Client::Impl {
  public:
    Impl(asio::io_context& context, Limits limits)
        : context_(context), limits_(limits), sweep_(context) {}
    ~Impl();

    void send(OutRequest request, std::function<void(Result)> then);
    void forget();
    std::size_t under_way() const { return under_way_.size(); }
    std::size_t idle() const { return idle_.size(); }
    const Counters& counters() const { return counters_; }

  private:
    class Exchange;
    struct Idle {
        std::string key;
        std::unique_ptr<Connection> connection;
        wire::TimePoint since;
    };

    std::unique_ptr<Connection> take_idle(const std::string& key);
    void keep(std::string key, std::unique_ptr<Connection> connection);
    void sweep_later();
    boost::system::result<std::unique_ptr<Connection>, std::string> connection(
        const OutRequest& request);

    asio::io_context& context_;
    const Limits limits_;
    std::unordered_map<std::uint64_t, std::shared_ptr<Exchange>> under_way_;
    std::uint64_t next_id_ = 0;
    std::deque<Idle> idle_;  // the one idle longest comes first
    bool sweeping_ = false;
    asio::steady_timer sweep_;
    std::map<std::string, TlsContext> tls_;
    std::uint64_t generation_ = 0;  // of what forget() forgets
    Counters counters_;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

// One request on its way. Its handlers share it; `owner_` is null once it is over.
class Client::Impl::Exchange : public std::enable_shared_from_this<Exchange> {
  public:
    Exchange(Impl& owner, std::uint64_t id, OutRequest request, std::function<void(Result)> then)
        : owner_(&owner),
          id_(id),
          generation_(owner.generation_),
          request_(std::move(request)),
          octets_(request_),
          key_(key(request_)),
          then_(std::move(then)),
          resolver_(owner.context_),
          deadline_(owner.context_) {}

    void start();
    void cancel();

  private:
    void connect_anew();
    void connect(const tcp::resolver::results_type& endpoints);
    void secure();
    void write();
    void read();
    void on_read(error_code error, std::size_t octets);
    void go_on(AnswerReader::State state);
    // The connection was a kept one and brought nothing: once more on a new one.
    bool again();
    void fail(std::string why);
    void finish(Result result);
    std::string where() const { return request_.url.authority(); }

    Impl* owner_;
    const std::uint64_t id_;
    const std::uint64_t generation_;
    const OutRequest request_;
    const Octets octets_;
    const std::string key_;
    std::function<void(Result)> then_;
    tcp::resolver resolver_;
    asio::steady_timer deadline_;
    std::unique_ptr<Connection> connection_;
    bool kept_ = false;
    AnswerReader reader_;
    std::array<char, 8192> buffer_{};
};

void Client::Impl::Exchange::start() {
    if (!owner_) return;
    if (!is_clean(request_)) return fail("the request has a control character in a header");
    deadline_.expires_after(request_.timeout);
    deadline_.async_wait([self = shared_from_this()](error_code stopped) {
        if (!stopped && self->owner_) self->fail("no answer of " + self->where() + " in time");
    });
    connection_ = owner_->take_idle(key_);
    kept_ = connection_ != nullptr;
    if (kept_)
        write();
    else
        connect_anew();
}

void Client::Impl::Exchange::connect_anew() {
    auto made = owner_->connection(request_);
    if (!made) return fail(made.error());
    connection_ = std::move(*made);
    ++owner_->counters_.connections;
    error_code error;
    const auto address = asio::ip::make_address(request_.url.host, error);
    if (!error) {
        const tcp::endpoint endpoint(address, request_.url.port);
        connect(tcp::resolver::results_type::create(endpoint, request_.url.host, ""));
        return;
    }
    resolver_.async_resolve(
        request_.url.host, std::to_string(request_.url.port), tcp::resolver::numeric_service,
        [self = shared_from_this()](error_code failed,
                                    const tcp::resolver::results_type& endpoints) {
            if (!self->owner_) return;
            if (failed)
                self->fail("cannot find " + self->request_.url.host + ": " + failed.message());
            else
                self->connect(endpoints);
        });
}

void Client::Impl::Exchange::connect(const tcp::resolver::results_type& endpoints) {
    asio::async_connect(
        connection_->socket(), endpoints,
        [self = shared_from_this()](error_code error, const tcp::endpoint&) {
            if (!self->owner_) return;
            if (error) {
                self->fail("cannot connect to " + self->where() + ": " + error.message());
                return;
            }
            error_code ignored;
            self->connection_->socket().set_option(tcp::no_delay(true), ignored);
            self->secure();
        });
}

void Client::Impl::Exchange::secure() {
    connection_->handshake(request_.url.host, [self = shared_from_this()](error_code error) {
        if (!self->owner_) return;
        if (!error) return self->write();
        const std::string refusal = self->connection_->refusal();
        self->fail("no TLS with " + self->where() + ": " +
                   (refusal.empty() ? error.message() : "its certificate is refused: " + refusal));
    });
}

void Client::Impl::Exchange::write() {
    connection_->write_all(octets_.buffer(),
                           [self = shared_from_this()](error_code error, std::size_t) {
                               if (!self->owner_) return;
                               // It may have answered before it had heard all: read on.
                               if (!error || !self->again()) self->read();
                           });
}

void Client::Impl::Exchange::read() {
    connection_->read_some(asio::buffer(buffer_),
                           [self = shared_from_this()](error_code error, std::size_t octets) {
                               if (self->owner_) self->on_read(error, octets);
                           });
}

void Client::Impl::Exchange::on_read(error_code error, std::size_t octets) {
    if (!error) return go_on(reader_.feed(std::string_view(buffer_.data(), octets)));
    if (!reader_.started() && again()) return;
    // An end without TLS's own word for it may be anybody's doing.
    if (error == asio::error::eof) return go_on(reader_.end());
    fail(where() + ": " + error.message());
}

void Client::Impl::Exchange::go_on(AnswerReader::State state) {
    switch (state) {
        case AnswerReader::State::more:
            return read();
        case AnswerReader::State::complete:
        case AnswerReader::State::cut_off:
            if (generation_ == owner_->generation_ && reader_.can_go_on() &&
                connection_->socket().is_open())
                owner_->keep(key_, std::move(connection_));
            return finish(reader_.answer());
        case AnswerReader::State::garbage:
            return fail("not an answer of " + where() + ": " + reader_.why());
    }
}

bool Client::Impl::Exchange::again() {
    if (!kept_) return false;
    kept_ = false;
    connection_->close();
    connect_anew();
    return true;
}

void Client::Impl::Exchange::fail(std::string why) {
    ++owner_->counters_.failed;
    finish(std::move(why));
}

void Client::Impl::Exchange::finish(Result result) {
    Impl* const owner = std::exchange(owner_, nullptr);
    const auto self = shared_from_this();
    const auto then = std::move(then_);
    cancel();
    owner->under_way_.erase(id_);
    then(std::move(result));
}

void Client::Impl::Exchange::cancel() {
    owner_ = nullptr;
    deadline_.cancel();
    resolver_.cancel();
    if (connection_) connection_->close();
}

Client::Impl::~Impl() {
    for (auto& [id, exchange] : under_way_) exchange->cancel();
}

void Client::Impl::send(OutRequest request, std::function<void(Result)> then) {
    if (under_way_.size() >= limits_.under_way) {
        ++counters_.refused;
        asio::post(context_, [then = std::move(then), alive = std::weak_ptr(alive_)] {
            if (!alive.expired())
                then(std::string("too many requests are under way; this one was not sent"));
        });
        return;
    }
    ++counters_.requests;
    const std::uint64_t id = next_id_++;
    auto exchange = std::make_shared<Exchange>(*this, id, std::move(request), std::move(then));
    under_way_.emplace(id, exchange);
    asio::post(context_, [exchange] { exchange->start(); });
}

boost::system::result<std::unique_ptr<Connection>, std::string> Client::Impl::connection(
    const OutRequest& request) {
    if (!request.url.secure) return plain_connection(context_);
    const std::string file = request.ca_file.string();
    auto found = tls_.find(file);
    if (found == tls_.end()) {
        auto made = tls_context(request.ca_file);
        if (!made) return made.error();
        if (tls_.size() >= most_tls_contexts) tls_.clear();
        found = tls_.emplace(file, std::move(*made)).first;
    }
    return tls_connection(context_, found->second);
}

std::unique_ptr<Connection> Client::Impl::take_idle(const std::string& key) {
    // The newest is the likeliest to be still open.
    const auto found = std::find_if(idle_.rbegin(), idle_.rend(),
                                    [&](const Idle& idle) { return idle.key == key; });
    if (found == idle_.rend()) return nullptr;
    auto connection = std::move(found->connection);
    idle_.erase(std::next(found).base());
    // What nobody asked for must not be taken for the answer to this request.
    error_code error;
    if (connection->socket().available(error) > 0 || error) return nullptr;
    return connection;
}

void Client::Impl::keep(std::string key, std::unique_ptr<Connection> connection) {
    if (limits_.idle == 0) return;
    if (idle_.size() >= limits_.idle) idle_.pop_front();
    idle_.push_back({std::move(key), std::move(connection), wire::Clock::now()});
    sweep_later();
}

void Client::Impl::sweep_later() {
    if (sweeping_ || idle_.empty()) return;
    sweeping_ = true;
    sweep_.expires_at(idle_.front().since + limits_.idle_time);
    sweep_.async_wait([this, alive = std::weak_ptr(alive_)](error_code stopped) {
        if (alive.expired()) return;
        sweeping_ = false;
        const auto now = wire::Clock::now();
        while (!stopped && !idle_.empty() && idle_.front().since + limits_.idle_time <= now)
            idle_.pop_front();
        sweep_later();
    });
}

void Client::Impl::forget() {
    ++generation_;
    idle_.clear();
    tls_.clear();
}

Client::Client(asio::io_context& context) : Client(context, Limits()) {}
Client::Client(asio::io_context& context, Limits limits)
    : impl_(std::make_unique<Impl>(context, limits)) {}
Client::~Client() = default;

void Client::send(OutRequest request, std::function<void(Result)> then) {
    impl_->send(std::move(request), std::move(then));
}
void Client::forget() {
    impl_->forget();
}
std::size_t Client::under_way() const {
    return impl_->under_way();
}
std::size_t Client::idle() const {
    return impl_->idle();
}
Client::Counters Client::counters() const {
    return impl_->counters();
}

}  // namespace outbound
