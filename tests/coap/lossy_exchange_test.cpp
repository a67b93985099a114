#include <map>

#include <gtest/gtest.h>

#include "server/coap/endpoint.h"
#include "tests/support/seeded_random.h"

// Two endpoints joined by a network that loses, repeats and reorders, exact from a seed.
namespace coap {
namespace {

using support::SeededRandom;

struct Weather {
    double loss;
    double duplication;
    double reordering;
};

// A asks, B answers each request by its own body, sometimes late. Long bodies go in blocks, both
// ways.
class Pair {
  public:
    Pair(std::uint64_t seed, Weather weather)
        : random_(seed),
          weather_(weather),
          a_(transmission_, limits_, random_, Endpoint::Security::secured),
          b_(transmission_, limits_, random_, Endpoint::Security::secured) {
        limits_.block_size = 64;
    }

    struct Ends {
        std::size_t answered = 0;
        std::size_t failed = 0;
    };

    // Sends the requests one after the other; returns how they ended.
    Ends run(std::size_t requests) {
        for (std::size_t i = 0; i < requests; ++i) ask(i);
        while (!queue_.empty() || a_.next_deadline() || b_.next_deadline()) step();
        return ends_;
    }

    std::size_t told_twice = 0;
    std::size_t wrong_answers = 0;
    std::size_t acted_twice = 0;

  private:
    enum class What { to_a, to_b, respond };
    struct Due {
        What what;
        wire::Bytes datagram;
        IncomingId incoming{};
        Response response;
    };

    static wire::Bytes body_of(std::size_t number) {
        return wire::Bytes(number * 37 % 400, static_cast<std::uint8_t>(number));
    }

    void ask(std::size_t number) {
        Request request;
        request.method = Code::put;
        request.path = {std::to_string(number)};
        request.payload = body_of(number);
        const ExchangeId id = a_.request(std::move(request), {}, now_, out_);
        asked_[id] = number;
        collect(What::to_b);
    }

    void step() {
        std::optional<wire::TimePoint> next;
        for (const auto deadline : {a_.next_deadline(), b_.next_deadline()})
            if (deadline && (!next || *deadline < *next)) next = deadline;
        if (!queue_.empty() && (!next || queue_.begin()->first <= *next)) {
            const auto first = queue_.begin();
            now_ = std::max(now_, first->first);
            const Due due = std::move(first->second);
            queue_.erase(first);
            deliver(due);
            return;
        }
        now_ = std::max(now_, *next);
        a_.on_timer(now_, out_);
        collect(What::to_b);
        b_.on_timer(now_, out_);
        collect(What::to_a);
    }

    void deliver(const Due& due) {
        switch (due.what) {
            case What::to_a:
                a_.receive(due.datagram, now_, out_);
                return collect(What::to_b);
            case What::to_b:
                b_.receive(due.datagram, now_, out_);
                return collect(What::to_a);
            case What::respond:
                b_.respond(due.incoming, due.response, now_, out_);
                return collect(What::to_a);
        }
    }

    // Puts what was sent on the wire and acts on what was told.
    void collect(What direction) {
        for (wire::Bytes& datagram : std::exchange(out_.datagrams, {})) {
            const int copies = random_.chance(weather_.duplication) ? 2 : 1;
            for (int i = 0; i < copies; ++i) {
                if (random_.chance(weather_.loss)) continue;
                const auto delay = std::chrono::milliseconds(
                    random_.chance(weather_.reordering) ? random_.below(20000) : 50);
                queue_.emplace(now_ + delay, Due{direction, datagram, {}, {}});
            }
        }
        for (Event& event : std::exchange(out_.events, {})) {
            if (auto* request = std::get_if<RequestReceived>(&event)) {
                on_request(*request, direction);
            } else if (auto* response = std::get_if<ResponseReceived>(&event)) {
                ++ends_.answered;
                const std::size_t number = end(response->id);
                wrong_answers += response->response.payload != body_of(number);
            } else if (auto* failed = std::get_if<RequestFailed>(&event)) {
                ++ends_.failed;
                end(failed->id);
            }
        }
    }

    void on_request(RequestReceived& request, What direction) {
        ++acted_[request.request.path.at(0)];
        acted_twice += acted_[request.request.path.at(0)] > 1;
        const Response response{Code::changed, {}, std::move(request.request.payload)};
        if (random_.chance(0.5)) {
            b_.respond(request.id, response, now_, out_);
        } else {
            b_.acknowledge(request.id, out_);
            queue_.emplace(now_ + std::chrono::seconds(3),
                           Due{What::respond, {}, request.id, response});
        }
        collect(direction);
    }

    std::size_t end(ExchangeId id) {
        const auto found = asked_.find(id);
        if (found == asked_.end()) {
            ++told_twice;
            return 0;
        }
        const std::size_t number = found->second;
        asked_.erase(found);
        return number;
    }

    Transmission transmission_;
    Limits limits_;
    SeededRandom random_;
    Weather weather_;
    Endpoint a_;
    Endpoint b_;
    wire::TimePoint now_{std::chrono::hours(1)};
    Output out_;
    std::multimap<wire::TimePoint, Due> queue_;
    std::map<ExchangeId, std::size_t> asked_;
    std::map<std::string, int> acted_;
    Ends ends_;
};

TEST(CoapLossyExchange, WithoutLossEveryRequestIsAnswered) {
    Pair pair(1, {0, 0, 0});
    EXPECT_EQ(pair.run(200).answered, 200U);
    EXPECT_EQ(pair.wrong_answers + pair.told_twice + pair.acted_twice, 0U);
}

TEST(CoapLossyExchange, RepetitionAndReorderingAloneChangeNothing) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        Pair pair(seed, {0, 0.3, 0.2});
        EXPECT_EQ(pair.run(50).answered, 50U) << "seed " << seed;
        EXPECT_EQ(pair.wrong_answers + pair.told_twice + pair.acted_twice, 0U) << "seed " << seed;
    }
}

TEST(CoapLossyExchange, EveryRequestEndsOnceWhateverIsLost) {
    Pair::Ends all;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        Pair pair(seed, {0.3, 0.2, 0.2});
        const auto ends = pair.run(20);
        EXPECT_EQ(ends.answered + ends.failed, 20U) << "seed " << seed;
        EXPECT_EQ(pair.wrong_answers + pair.told_twice + pair.acted_twice, 0U) << "seed " << seed;
        all.answered += ends.answered;
        all.failed += ends.failed;
    }
    EXPECT_GT(all.failed, 0U) << "the weather is too good to test anything";
    EXPECT_GT(all.answered, all.failed * 10);
}

TEST(CoapLossyExchange, WithEverythingLostEveryRequestFails) {
    Pair pair(1, {1, 0, 0});
    EXPECT_EQ(pair.run(3).failed, 3U);
}

}  // namespace
}  // namespace coap
