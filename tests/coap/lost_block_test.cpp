#include "tests/coap/long_answer.h"

// What is lost on the way while an answer is fetched.
namespace coap {
namespace {

// Us and a client of the same make; the datagram of that number is lost, whoever sent it.
class Fetching {
  public:
    Fetching(bool separately, std::size_t lost)
        : separately_(separately), lost_(lost), limits_(blocks_of(64)) {}

    void run() {
        Request request;
        request.method = Code::get;
        request.path = {"bspack"};
        client_.request(std::move(request), {}, now_, to_server_);
        while (true) {
            move();
            auto due = client_.next_deadline();
            const auto ours = server_.next_deadline();
            if (!due || (ours && *ours < *due)) due = ours;
            if (!due) return;
            now_ = std::max(now_, *due);
            client_.on_timer(now_, to_server_);
            server_.on_timer(now_, to_client_);
        }
    }

    static std::string body() { return body_of(300); }
    std::string received;
    std::size_t requests = 0, delivered = 0, given_up = 0, datagrams = 0;

  private:
    bool arrives() { return datagrams++ != lost_; }
    void move() {
        while (!to_server_.datagrams.empty() || !to_client_.datagrams.empty()) {
            for (const auto& datagram : std::exchange(to_server_.datagrams, {}))
                if (arrives()) server_.receive(datagram, now_, to_client_);
            hear(to_client_);
            for (const auto& datagram : std::exchange(to_client_.datagrams, {}))
                if (arrives()) client_.receive(datagram, now_, to_server_);
            hear(to_server_);
        }
        hear(to_client_);
        hear(to_server_);
    }
    void hear(Output& out) {
        for (const Event& event : std::exchange(out.events, {})) {
            if (const auto* request = std::get_if<RequestReceived>(&event)) {
                ++requests;
                if (separately_) server_.acknowledge(request->id, to_client_);
                server_.respond(request->id, content(body()), now_, to_client_);
            } else if (const auto* response = std::get_if<ResponseReceived>(&event)) {
                received = std::string(wire::as_text(response->response.payload));
            } else if (const auto* settled = std::get_if<ResponseSettled>(&event)) {
                ++(settled->delivered ? delivered : given_up);
            }
        }
    }

    bool separately_;
    std::size_t lost_;
    Transmission transmission_;
    Limits limits_;
    ScriptedRandom random_;
    Endpoint client_{transmission_, limits_, random_, Endpoint::Security::secured};
    Endpoint server_{transmission_, limits_, random_, Endpoint::Security::secured};
    wire::TimePoint now_{std::chrono::hours(1)};
    Output to_server_, to_client_;
};

TEST(CoapLostBlock, AnyDatagramMayBeLostOnce) {
    for (const bool separately : {false, true}) {
        Fetching undisturbed(separately, 1000);
        undisturbed.run();
        ASSERT_EQ(undisturbed.datagrams, separately ? 12U : 10U);
        for (std::size_t lost = 0; lost <= undisturbed.datagrams; ++lost) {
            Fetching fetching(separately, lost);
            fetching.run();
            EXPECT_EQ(fetching.received, Fetching::body()) << lost;
            EXPECT_EQ(fetching.requests, 1U) << lost;
            EXPECT_EQ(fetching.delivered, 1U) << lost;
            EXPECT_EQ(fetching.given_up, 0U) << lost;
        }
    }
}

}  // namespace
}  // namespace coap
