// A hundred thousand devices attach within a minute, a tenth of them can be reached, and each is
// waited for half a minute. The clock jumps from event to event.
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tests/bootstrap/directory_fixture.h"

namespace bootstrap::testing {
namespace {

using ::testing::SizeIs;

constexpr std::size_t triggers = 100'000;
constexpr wire::Duration minute = 60s;
// What it takes a shard to find out that nobody answers; a session's time; between two devices
// that ask by themselves.
constexpr wire::Duration silence = 4s;
constexpr wire::Duration first_answer = 50ms;
constexpr wire::Duration whole_session = 400ms;
constexpr wire::Duration between_requests = 250ms;

bool is_reachable(std::size_t number) {
    return number % 10 == 3;
}

class Storm {
  public:
    static DirectorySettings settings() {
        DirectorySettings settings;
        settings.attach_window = 30s;
        settings.serves_unsecured = true;
        return settings;
    }

    void run() {
        for (std::size_t i = 0; i < triggers; ++i)
            at(begin_ + minute * i / triggers, [this, i] { attach(i); });
        for (wire::Duration when{}; when < minute + 40s; when += between_requests)
            at(begin_ + when, [this] { asks(); });
        while (true) {
            const auto deadline = directory_.next_deadline();
            if (queue_.empty() && !deadline) return;
            const bool timer = deadline && (queue_.empty() || *deadline <= queue_.begin()->first);
            now_ = std::max(now_, timer ? *deadline : queue_.begin()->first);
            if (timer) {
                with_directory([&](auto& out) { directory_.on_timer(now_, wall(), out); });
            } else {
                const auto event = std::move(queue_.begin()->second);
                queue_.erase(queue_.begin());
                event();
            }
        }
    }

    std::unordered_map<SessionId, std::size_t> accepted;  // the trigger's number
    std::unordered_map<SessionId, std::size_t> ends;      // how often it was told
    std::map<Outcome, std::size_t> outcomes;              // of triggers
    std::vector<std::pair<wire::Duration, std::size_t>> starts;
    std::size_t most_reaching = 0, most_waiting = 0, most_ended_at_once = 0;
    std::size_t asked = 0, granted = 0, denied = 0, served = 0;
    std::size_t left = 0;

  private:
    void at(wire::TimePoint when, std::function<void()> what) {
        queue_.emplace(when, std::move(what));
    }
    Directory::Wall wall() const {
        return Directory::Wall{} +
               std::chrono::duration_cast<Directory::Wall::duration>(now_ - begin_);
    }
    void tell(Notice notice) {
        with_directory([&](auto& out) { directory_.notice(std::move(notice), now_, wall(), out); });
    }
    void later(wire::Duration after, Notice notice) {
        at(now_ + after, [this, notice = std::move(notice)] { tell(notice); });
    }

    void attach(std::size_t number) {
        Attachment event{assignment("d" + std::to_string(number), Keys::nosec), {}, {}, "api"};
        event.address = wire::IpAddress::from("192.0.2.9");
        with_directory([&](auto& out) {
            const auto result = directory_.attach(event, now_, wall(), out);
            accepted.emplace(std::get<AttachAccepted>(result).session, number);
        });
    }

    void asks() {
        Claim claim;
        claim.peer = {1, ++asked};
        claim.assignment = assignment("client" + std::to_string(asked), Keys::nosec);
        claim.remote = bootstrap::testing::at("192.0.2.1:40000");
        tell(std::move(claim));
        EXPECT_EQ(granted + denied, asked) << "answered at once";
    }

    template <class Step>
    void with_directory(Step step) {
        Directory::Output out;
        step(out);
        for (const auto& addressed : out.commands)
            std::visit([&](const auto& command) { obey(command); }, addressed.command);
        for (const SessionRecord& record : out.ended) {
            ++ends[record.id];
            if (record.triggered)
                ++outcomes[*record.report.outcome];
            else if (record.report.outcome == Outcome::finished)
                ++served;
        }
        const auto gauges = directory_.gauges();
        most_reaching = std::max(most_reaching, gauges.reaching);
        most_waiting = std::max(most_waiting, gauges.waiting);
        most_ended_at_once = std::max(most_ended_at_once, out.ended.size());
        left = gauges.running + gauges.waiting + gauges.backlog;
    }

    Ended over(const SessionId& session, PeerRef peer, Outcome outcome, bool answered) {
        Ended ended{peer, session, {}};
        ended.report.outcome = outcome;
        ended.report.device_answered = answered;
        return ended;
    }

    void obey(const Reach& reach) {
        const std::size_t number = std::stoul(reach.assignment.device->endpoint.text().substr(1));
        starts.emplace_back(now_ - begin_, number);
        if (!is_reachable(number)) {
            later(silence, over(reach.session, {0, number}, Outcome::device_silent, false));
            return;
        }
        later(first_answer, OperationAnswered{reach.session, {}, now_ + first_answer, true});
        later(whole_session, over(reach.session, {0, number}, Outcome::finished, true));
    }
    void obey(const Stop& stop) {
        later(1ms, over(stop.session, stop.peer, Outcome::cancelled, false));
    }
    void obey(const Grant& grant) {
        ++granted;
        later(1s, over(grant.session, grant.peer, Outcome::finished, true));
    }
    void obey(const Deny&) { ++denied; }
    void obey(const Start&) { ADD_FAILURE() << "nobody has an association"; }
    void obey(const Prepared&) { ADD_FAILURE() << "the Directory makes nothing"; }

    const wire::TimePoint begin_ = wire::TimePoint{} + 1h;
    wire::TimePoint now_ = begin_;
    std::multimap<wire::TimePoint, std::function<void()>> queue_;
    CountingRandom random_;
    Directory directory_{settings(), random_,
                         [](const wire::SocketAddress&) -> std::uint16_t { return 0; }};
};

TEST(DirectoryInAStorm, TellsEveryOutcomeAtItsRateAndServesThoseWhoAskMeanwhile) {
    Storm storm;
    storm.run();
    const DirectorySettings settings = Storm::settings();

    EXPECT_THAT(storm.accepted, SizeIs(triggers));
    for (const auto& [session, number] : storm.accepted)
        ASSERT_EQ(storm.ends[session], 1U) << "of trigger " << number;
    EXPECT_EQ(storm.outcomes[Outcome::finished] + storm.outcomes[Outcome::expired], triggers);
    EXPECT_THAT(storm.outcomes, SizeIs(2));
    EXPECT_EQ(storm.left, 0U);

    std::size_t reached = 0;
    for (std::size_t i = 0; i < storm.starts.size(); ++i) {
        const auto& [when, number] = storm.starts[i];
        const auto allowed = settings.attach_rate * (when + 1s) / 1s;
        ASSERT_LE(static_cast<long>(i), static_cast<long>(allowed)) << "started too early";
        if (i > 0) {
            ASSERT_LT(storm.starts[i - 1].second, number) << "overtaken";
        }
        if (is_reachable(number)) ++reached;
    }
    EXPECT_EQ(storm.outcomes[Outcome::finished], reached);
    // Of the ninety seconds in which anybody waits, the rate was used.
    EXPECT_GE(storm.starts.size(), 80 * settings.attach_rate);
    EXPECT_LE(storm.most_reaching, settings.attach_concurrency);
    EXPECT_LE(storm.most_waiting, settings.max_pending_attachments);
    EXPECT_LE(storm.most_ended_at_once, 1000U);

    EXPECT_GE(storm.asked, 400U);
    EXPECT_EQ(storm.denied, 0U);
    EXPECT_EQ(storm.served, storm.asked);
}

}  // namespace
}  // namespace bootstrap::testing
