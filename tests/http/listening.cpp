#include "tests/http/listening.h"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "server/http/problem.h"
#include "server/http/spool.h"

namespace {

class TestSink final : public http::BodySink {
  public:
    explicit TestSink(TestRouter& router) : router_(router) {
        ++router_.imports.open;
        ++router_.imports.begun;
    }
    ~TestSink() override { --router_.imports.open; }
    TestSink(const TestSink&) = delete;
    TestSink& operator=(const TestSink&) = delete;

    void piece(std::string_view octets, More more) override {
        TestRouter::Imports& seen = router_.imports;
        seen.octets += octets.size();
        seen.largest = std::max(seen.largest, octets.size());
        seen.twice = seen.twice || out_;
        if (router_.refuse_after != 0 && seen.octets >= router_.refuse_after) {
            more(http::problem(507, "enough"));
        } else if (router_.hold_pieces) {
            out_ = true;
            router_.pieces.put([this, more = std::move(more)](std::optional<http::Response> no) {
                out_ = false;
                more(std::move(no));
            });
        } else {
            more(std::nullopt);
        }
    }
    void end(http::Reply reply) override {
        ++router_.imports.ended;
        reply({200, "text/plain", std::to_string(router_.imports.octets), {}});
    }

  private:
    TestRouter& router_;
    bool out_ = false;
};

// Two pieces, the second of which does not come.
class BrokenSource final : public http::BodySource {
  public:
    void next(Give give) override {
        if (std::exchange(begun_, true))
            give({"", Piece::Then::cut});
        else
            give({"half", Piece::Then::go_on});
    }

  private:
    bool begun_ = false;
};

}  // namespace

bool TestRouter::is_open_to_all(const http::Request& head) {
    return head.target == "/healthz";
}

http::Router::Reception TestRouter::receive(const http::Request& head) {
    if (head.target == "/import") return std::make_unique<TestSink>(*this);
    if (head.target == "/refused") return http::problem(415, "not that");
    return WholeBody{};
}

void TestRouter::route(http::Request request, http::Reply reply) {
    const std::string target = request.target;
    if (target == "/healthz") return reply({200, "text/plain", "alive\n", {}});
    if (target == "/empty") return reply({204, "", "", {}});
    if (target == "/echo") {
        std::string text = request.method + ' ' + request.body + ' ' + request.caller.name;
        received.put(std::move(request));
        return reply({200, "text/plain", std::move(text), {{"X-Odd", "a\r\nX-Split: b"}}});
    }
    if (target == "/held") return held.put(std::move(reply));
    if (target == "/dropped") return;
    if (target == "/throws") throw std::runtime_error("the route has a fault");
    if (target == "/broken")
        return reply({200, "text/plain", "", {}, std::make_shared<BrokenSource>()});
    if (target == "/events")
        return reply(http::event_stream(events, {}, request.last_event_id, most_unread));
    if (target == "/spool") {
        auto spool = http::Spool::make(folder, spooled);
        const std::string some(1000, 'x');
        for (std::uint64_t left = spooled; left > 0;) {
            const auto now = std::min<std::uint64_t>(left, some.size());
            spool->write(std::string_view(some).substr(0, static_cast<std::size_t>(now)));
            left -= now;
        }
        return reply({200, "text/plain", "", {}, std::move(*spool).read()});
    }
    reply(http::problem(404, "nothing is here"));
}

Listening::Listening() {
    std::string name = (std::filesystem::temp_directory_path() / "http-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    router.folder = folder;
    settings.listen = {*wire::SocketAddress::from("127.0.0.1:0")};
    settings.max_header = 4096;
    settings.max_body = 65536;
}

Listening::~Listening() {
    on_thread([&] { listener.reset(); });
    work.reset();
    if (thread.joinable()) thread.join();
    std::filesystem::remove_all(folder);
}

bool Listening::becomes(std::function<bool()> what) {
    const auto end = std::chrono::steady_clock::now() + HttpClient::patience;
    while (!on_thread(what))
        if (std::chrono::steady_clock::now() > end) return false;
    return true;
}

std::string Listening::open() {
    return on_thread([&]() -> std::string {
        auto opened = http::Listener::open(context, settings, router, journal);
        if (opened.has_error()) return opened.error();
        listener = std::move(*opened);
        if (!listener->addresses().empty()) port = listener->addresses().front().port;
        return "";
    });
}

std::size_t Listening::open_connections() {
    return on_thread([&] { return listener->counters().open; });
}
