#include "server/http/listener.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/asio.h"
#include "tests/http/client.h"
#include "tests/http/fake_backend.h"

namespace {

using testing::HasSubstr;

// A listener on a thread of its own, as the daemon's control thread has it.
class HttpListener : public testing::Test {
  protected:
    HttpListener() {
        std::string name = (std::filesystem::temp_directory_path() / "http-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        settings.listen = {*wire::SocketAddress::from("127.0.0.1:0")};
        settings.max_header = 4096;
        settings.max_body = 65536;
    }
    ~HttpListener() override {
        on_thread([&] { listener.reset(); });
        work.reset();
        if (thread.joinable()) thread.join();
        std::filesystem::remove_all(folder);
    }

    // Runs it on the listener's thread and waits.
    template <class F>
    void on_thread(F what) {
        if (!thread.joinable()) thread = std::thread([this] { context.run(); });
        std::promise<void> done;
        boost::asio::post(context, [&] {
            what();
            done.set_value();
        });
        done.get_future().wait();
    }
    // The error; empty when it listens.
    std::string open() {
        std::string error;
        on_thread([&] {
            auto opened = http::Listener::open(context, settings, backend, journal);
            if (opened.has_error())
                error = opened.error();
            else
                listener = std::move(*opened);
            if (listener && !listener->addresses().empty())
                port = listener->addresses().front().port;
        });
        return error;
    }
    HttpClient connect() const { return HttpClient::tcp(port); }
    // What one raw request is answered with, the connection being closed after it.
    std::optional<HttpClient::Response> raw(const std::string& octets) const {
        HttpClient client = connect();
        client.send(octets);
        auto response = client.receive();
        if (response) {
            EXPECT_TRUE(client.ends());
        }
        return response;
    }

    std::filesystem::path folder;
    journal::Journal journal{journal::Level::error, journal::Format::text};
    FakeBackend backend;
    http::Settings settings;
    boost::asio::io_context context;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
        context.get_executor()};
    std::thread thread;
    std::unique_ptr<http::Listener> listener;
    std::uint16_t port = 0;
};

TEST_F(HttpListener, AnswersManyRequestsOnOneConnection) {
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    for (int i = 0; i < 3; ++i) {
        const auto response = client.request("GET", "/healthz");
        ASSERT_TRUE(response);
        EXPECT_EQ(response->status, 200U);
        EXPECT_EQ(response->body, "alive\n");
    }
    // Pipelined: answered in order.
    client.send(
        "GET /healthz HTTP/1.1\r\nHost: [::1]\r\n\r\nGET /v1/status HTTP/1.1\r\nHost: "
        "127.0.0.1\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(client.receive()->body, "alive\n");
    EXPECT_EQ(client.receive()->body, "{\"state\":\"running\"}\n");
    EXPECT_TRUE(client.ends());
}

TEST_F(HttpListener, LeavesTheBodyOutForHead) {
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    const auto head = client.request("HEAD", "/healthz");
    ASSERT_TRUE(head);
    EXPECT_EQ(head->status, 200U);
    EXPECT_EQ(head->headers.at("content-length"), "6");
    // The next answer begins right after the header.
    EXPECT_EQ(client.request("GET", "/healthz")->body, "alive\n");
}

TEST_F(HttpListener, SendsNothingAfterA204) {
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    const auto gone = client.request("DELETE", "/v1/sessions/7");
    ASSERT_TRUE(gone);
    EXPECT_EQ(gone->status, 204U);
    EXPECT_FALSE(gone->headers.contains("content-length"));
    EXPECT_EQ(client.request("GET", "/healthz")->status, 200U);
}

TEST_F(HttpListener, TakesAWholeBodyAlsoWhenItIsAnnouncedOrChunked) {
    backend.attach_answer = bootstrap::AttachAccepted{"7", bootstrap::SessionState::waiting};
    ASSERT_EQ(open(), "");
    HttpClient client = connect();
    EXPECT_EQ(client.request("POST", "/v1/attachments", R"({"endpoint":"one"})")->status, 202U);

    client.send(
        "POST /v1/attachments HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        "Content-Type: application/json\r\nContent-Length: 18\r\n\r\n");
    EXPECT_EQ(client.receive(false)->status, 100U);
    client.send(R"({"endpoint":"two"})");
    EXPECT_EQ(client.receive()->status, 202U);

    client.send(
        "POST /v1/attachments HTTP/1.1\r\nHost: localhost\r\n"
        "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"
        "5\r\n{\"end\r\nf\r\npoint\":\"three\"}\r\n0\r\n\r\n");
    EXPECT_EQ(client.receive()->status, 202U);
    ASSERT_EQ(backend.events.size(), 3U);
    EXPECT_EQ(backend.events[2].endpoint, "three");
}

TEST_F(HttpListener, RefusesWhatIsNoRequestAndCloses) {
    ASSERT_EQ(open(), "");
    for (const char* octets : {
             "\x16\x03\x01\x02\r\n\r\n",  // a TLS hello
             "GET\r\n\r\n",
             "GET /healthz HTTP/1.1\r\nBad Header\r\n\r\n",
             "GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
             "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
             "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
         }) {
        const auto response = raw(octets);
        ASSERT_TRUE(response) << octets;
        EXPECT_EQ(response->status, 400U) << octets;
        EXPECT_EQ(response->headers.at("content-type"), "application/problem+json");
        EXPECT_EQ(response->headers.at("connection"), "close");
    }
    EXPECT_EQ(raw("GET / HTTP/3.7\r\n\r\n")->status, 505U);
}

TEST_F(HttpListener, WantsExactlyOneHost) {
    ASSERT_EQ(open(), "");
    EXPECT_EQ(raw("GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n")->status, 400U);
    EXPECT_EQ(raw("GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n"
                  "Connection: close\r\n\r\n")
                  ->status,
              400U);
    EXPECT_EQ(
        raw("GET /healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")->status,
        421U);
    EXPECT_EQ(raw("GET /healthz HTTP/1.0\r\n\r\n")->status, 200U);
}

TEST_F(HttpListener, BoundsHeaderAndBody) {
    ASSERT_EQ(open(), "");
    EXPECT_EQ(raw("GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + std::string(5000, 'x') + "\r\n\r\n")
                  ->status,
              431U);
    EXPECT_EQ(
        raw("POST /v1/attachments HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n")->status,
        413U);
    // Without a length the bound is met on the way.
    EXPECT_EQ(raw("POST /v1/attachments HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "11000\r\n" +
                  std::string(0x11000, 'x') + "\r\n0\r\n\r\n")
                  ->status,
              413U);
    EXPECT_TRUE(backend.events.empty());
}

TEST_F(HttpListener, EndsAConnectionThatIdlesOrTrickles) {
    settings.idle_timeout = std::chrono::milliseconds(50);
    ASSERT_EQ(open(), "");
    HttpClient silent = connect();
    HttpClient slow = connect();
    slow.send("GET /heal");
    EXPECT_TRUE(silent.ends());
    EXPECT_TRUE(slow.ends());
}

TEST_F(HttpListener, MakesRoomByEndingTheConnectionIdleLongest) {
    settings.max_connections = 2;
    ASSERT_EQ(open(), "");
    HttpClient first = connect();
    ASSERT_TRUE(first.request("GET", "/healthz"));
    HttpClient second = connect();
    ASSERT_TRUE(second.request("GET", "/healthz"));
    HttpClient third = connect();
    ASSERT_TRUE(third.request("GET", "/healthz"));
    EXPECT_TRUE(first.ends());
    EXPECT_TRUE(second.request("GET", "/healthz"));
}

TEST_F(HttpListener, TurnsANewConnectionAwayWhileAllAreBusy) {
    settings.max_connections = 1;
    ASSERT_EQ(open(), "");
    HttpClient busy = connect();
    busy.send(
        "POST /v1/attachments HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        "Content-Length: 2\r\n\r\n");
    ASSERT_EQ(busy.receive(false)->status, 100U);  // its body is awaited: not idle
    HttpClient late = connect();
    EXPECT_TRUE(late.ends());
    busy.send("{}");
    EXPECT_EQ(busy.receive()->status, 415U);
}

TEST_F(HttpListener, EndsIdleConnectionsWhenItCloses) {
    ASSERT_EQ(open(), "");
    HttpClient idle = connect();
    ASSERT_TRUE(idle.request("GET", "/healthz"));
    HttpClient busy = connect();
    busy.send(
        "DELETE /v1/sessions/7 HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        "Content-Length: 1\r\n\r\n");
    ASSERT_EQ(busy.receive(false)->status, 100U);
    on_thread([&] { listener->close(); });
    EXPECT_TRUE(idle.ends());
    EXPECT_FALSE(connect().ok());
    busy.send("x");
    const auto last = busy.receive();
    ASSERT_TRUE(last);
    EXPECT_EQ(last->status, 204U);
    EXPECT_EQ(last->headers.at("connection"), "close");
    EXPECT_TRUE(busy.ends());
}

TEST_F(HttpListener, CutsOffWhatIsOpenWhenItGoes) {
    ASSERT_EQ(open(), "");
    HttpClient busy = connect();
    busy.send(
        "DELETE /v1/sessions/7 HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        "Content-Length: 1\r\n\r\n");
    ASSERT_EQ(busy.receive(false)->status, 100U);
    on_thread([&] { listener.reset(); });
    EXPECT_TRUE(busy.ends());
    EXPECT_TRUE(backend.cancelled.empty());
}

TEST_F(HttpListener, NamesATakenAddressAndTheRemedy) {
    ASSERT_EQ(open(), "");
    const auto taken = listener->addresses().front();
    http::Settings second;
    second.listen = {taken};
    on_thread([&] {
        const auto opened = http::Listener::open(context, second, backend, journal);
        ASSERT_TRUE(opened.has_error());
        EXPECT_THAT(opened.error(), HasSubstr(taken.to_string()));
        EXPECT_THAT(opened.error(), HasSubstr("choose another port"));
    });
}

TEST_F(HttpListener, ServesAUnixSocketForItsOwnerAndGroup) {
    settings.listen.clear();
    settings.socket = folder / "control.sock";
    ASSERT_EQ(open(), "");
    struct stat found {};
    ASSERT_EQ(::stat(settings.socket.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0660U);
    HttpClient client = HttpClient::local(settings.socket);
    ASSERT_TRUE(client.ok());
    // Whatever name the tool writes: no web page reaches a file.
    client.send("GET /healthz HTTP/1.1\r\nHost: any.example\r\n\r\n");
    EXPECT_EQ(client.receive()->status, 200U);
    on_thread([&] { listener->close(); });
    EXPECT_FALSE(std::filesystem::exists(settings.socket));
}

TEST_F(HttpListener, ReplacesASocketFileOnlyWhenNobodyAnswersOnIt) {
    settings.listen.clear();
    settings.socket = folder / "control.sock";
    const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, settings.socket.c_str());
    ASSERT_EQ(::bind(dead, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::close(dead);
    ASSERT_TRUE(std::filesystem::exists(settings.socket));
    ASSERT_EQ(open(), "");

    on_thread([&] {
        const auto second = http::Listener::open(context, settings, backend, journal);
        ASSERT_TRUE(second.has_error());
        EXPECT_THAT(second.error(), HasSubstr(settings.socket.string()));
        EXPECT_THAT(second.error(), HasSubstr("answers on it"));
    });
    EXPECT_TRUE(HttpClient::local(settings.socket).request("GET", "/healthz"));
}

TEST_F(HttpListener, LeavesAFileThatIsNoSocketAlone) {
    settings.socket = folder / "notes";
    std::ofstream(settings.socket) << "keep me";
    EXPECT_THAT(open(), HasSubstr("it is no socket"));
    EXPECT_TRUE(std::filesystem::exists(settings.socket));
    settings.socket = folder / std::string(200, 'x');
    EXPECT_THAT(open(), HasSubstr("too long"));
    settings.socket = folder / "missing" / "control.sock";
    EXPECT_THAT(open(), HasSubstr("has to exist"));
}

}  // namespace
