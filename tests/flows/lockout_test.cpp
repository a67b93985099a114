// The device is never locked out while its Bootstrap-Server account is given another key: every
// trouble, with the daemon killed after every step of it. Each test prints how many runs it made.

#include "tests/flows/lockout.h"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <map>

#include <gtest/gtest.h>

namespace flows::lockout {

static void PrintTo(const Kind& kind, std::ostream* out) {
    *out << kind.name;
}

namespace {

using support::Direction;

// Adds up what the runs of a test came to.
class Tally {
  public:
    explicit Tally(const Kind& kind) : kind_(kind) {}
    ~Tally() {
        std::cout << kind_.name << ": " << runs_ << " runs, pending " << pending_
                  << ", rolled back " << rolled_back_ << ", kept " << kept_ << ", two accounts "
                  << two_accounts_ << ", promoted " << promoted_ << ", sent again " << again_
                  << ", returned " << returned_ << ", longest " << most_steps_ << " steps\n";
    }
    Tally(const Tally&) = delete;
    Tally& operator=(const Tally&) = delete;

    Story run(const Trouble& trouble, const Standing* begin = nullptr) {
        Story story = lockout::run(kind_, trouble, begin);
        ++runs_;
        pending_ += story.left_pending;
        rolled_back_ += story.rolled_back;
        kept_ += story.kept;
        two_accounts_ += story.two_accounts;
        promoted_ += story.keys.promoted;
        again_ += story.keys.issued_again;
        returned_ += story.keys.returned;
        most_steps_ = std::max(most_steps_, story.steps);
        if (!story.fault.empty() && ++faults_ <= 5) {
            ADD_FAILURE() << kind_.name << ", " << to_string(trouble) << ": " << story.fault
                          << (begin != nullptr ? "\nbegun with\n" + to_string(*begin) : "");
        }
        return story;
    }
    // The same with the daemon killed after each step in turn.
    void run_with_kills(Trouble trouble) {
        const std::size_t steps = run(trouble).steps;
        for (trouble.killed_after = 1; trouble.killed_after <= steps; ++trouble.killed_after) {
            run(trouble);
        }
    }

    std::size_t pending() const { return pending_; }
    std::size_t rolled_back() const { return rolled_back_; }
    std::size_t kept() const { return kept_; }
    std::size_t returned() const { return returned_; }
    std::size_t promoted() const { return promoted_; }

  private:
    const Kind& kind_;
    std::size_t runs_ = 0, pending_ = 0, rolled_back_ = 0, kept_ = 0, two_accounts_ = 0,
                promoted_ = 0, again_ = 0, returned_ = 0, most_steps_ = 0, faults_ = 0;
};

class Lockout : public testing::TestWithParam<Kind> {};

TEST_P(Lockout, NoTroubleButTheDaemonKilledAfterEachStep) {
    Tally tally(GetParam());
    tally.run_with_kills({});
}

void cut(const Kind& kind, bool to_device, bool to_server) {
    Tally tally(kind);
    const std::size_t datagrams = tally.run({}).datagrams;
    for (std::size_t from = 0; from <= datagrams; ++from) {
        Trouble trouble;
        trouble.cut = Trouble::Cut{from, to_device, to_server};
        tally.run_with_kills(trouble);
    }
    EXPECT_GT(tally.pending(), 0u);
    if (!kind.is_replaced()) return;
    EXPECT_GT(tally.promoted(), 0u);
    using WithoutFinish = support::Habits::WithoutFinish;
    switch (kind.habits.without_finish) {
        case WithoutFinish::rolls_back:
        case WithoutFinish::restores_accounts:
            EXPECT_GT(tally.rolled_back(), 0u);
            break;
        case WithoutFinish::keeps:
            EXPECT_GT(tally.kept(), 0u);
            break;
    }
}

TEST_P(Lockout, TheLinkToTheDeviceIsCutFromEachDatagramOn) {
    cut(GetParam(), true, false);
}
TEST_P(Lockout, TheLinkFromTheDeviceIsCutFromEachDatagramOn) {
    cut(GetParam(), false, true);
}
TEST_P(Lockout, TheLinkIsCutBothWaysFromEachDatagramOn) {
    cut(GetParam(), true, true);
}

TEST_P(Lockout, ThePowerOfTheDeviceFailsAtEachDatagram) {
    Tally tally(GetParam());
    const std::size_t datagrams = tally.run({}).datagrams;
    for (std::size_t at = 0; at < datagrams; ++at) {
        Trouble trouble;
        trouble.power_fails_at = at;
        tally.run_with_kills(trouble);
    }
}

TEST_P(Lockout, EachPairOfExchangesLosesItsTransmissionsOrItsAnswers) {
    Tally tally(GetParam());
    const bool is_long = std::getenv("LOCKOUT_LONG") != nullptr;
    const std::size_t exchanges = tally.run({}).exchanges;
    for (std::size_t first = 0; first < exchanges; ++first) {
        for (std::size_t second = 0; second < exchanges; ++second) {
            for (const auto one : {Direction::to_device, Direction::to_server}) {
                for (const auto other : {Direction::to_device, Direction::to_server}) {
                    Trouble trouble;
                    trouble.losses = {{first, one}, {second, other}};
                    // What a kill leaves behind is a standing of the test below as well; so the
                    // short run is content with the first and the last exchange of each session.
                    const auto is_edge = [&](std::size_t exchange) {
                        return exchange == 0 || exchange + 2 >= exchanges;
                    };
                    if (is_long || (is_edge(first) && is_edge(second))) {
                        tally.run_with_kills(trouble);
                    } else {
                        tally.run(trouble);
                    }
                }
            }
        }
    }
}

TEST_P(Lockout, TheGracePeriodPassesBeforeTheDeviceReturns) {
    Tally tally(GetParam());
    Trouble trouble;
    trouble.grace_period_passes = true;
    tally.run_with_kills(trouble);
    const std::size_t datagrams = tally.run({}).datagrams;
    for (std::size_t from = 0; from <= datagrams; ++from) {
        trouble.cut = Trouble::Cut{from, true, true};
        tally.run(trouble);
    }
}

// Whatever follows whatever: from each standing that any of it leads to, every trouble again, a
// kill after every step, a rotation, a factory reset; until nothing new comes up. It takes the
// place of longer and longer rows of bootstraps. In a short run the rows end after three.
TEST_P(Lockout, NeitherInAnyRowOfTroubles) {
    Tally tally(GetParam());
    const bool is_long = std::getenv("LOCKOUT_LONG") != nullptr;
    std::map<std::string, Standing> known;
    std::deque<const Standing*> fresh;
    const auto add = [&](const Standing& standing) {
        const auto [at, is_new] = known.emplace(to_string(standing), standing);
        if (is_new && (is_long || standing.age <= 3)) fresh.push_back(&at->second);
    };
    const Standing first = first_standing(GetParam());
    add(first);
    while (!fresh.empty() && !HasFailure()) {
        ASSERT_LT(known.size(), 5000u);
        const Standing begin = *fresh.front();
        fresh.pop_front();
        const Story clean = tally.run({}, &begin);
        add(clean.after_trouble);
        for (std::size_t at = 0; at <= clean.datagrams; ++at) {
            for (const auto& cut : {Trouble::Cut{at, true, false}, Trouble::Cut{at, false, true}}) {
                Trouble trouble;
                trouble.cut = cut;
                add(tally.run(trouble, &begin).after_trouble);
            }
            Trouble trouble;
            trouble.power_fails_at = at;
            add(tally.run(trouble, &begin).after_trouble);
        }
        for (std::size_t step = 1; step <= clean.steps; ++step) {
            Trouble trouble;
            trouble.killed_after = step;
            add(tally.run(trouble, &begin).after_trouble);
        }
        // With more keys than two it goes on as before; only the list of retired ones grows.
        if (begin.keyring.keys().size() <= 2) {
            Standing ordered = begin;
            ordered.keyring.order_rotation();
            add(ordered);
        }
        Standing reset = begin;
        reset.device = first.device;
        add(reset);
    }
    std::cout << GetParam().name << ": " << known.size() << " standings\n";
    if (GetParam().is_replaced()) {
        EXPECT_GT(tally.returned(), 0u);
    }
}

std::string name(const testing::TestParamInfo<Kind>& made) {
    return made.param.name;
}
INSTANTIATE_TEST_SUITE_P(InPlace, Lockout, testing::ValuesIn(kinds(Way::in_place)), name);
INSTANTIATE_TEST_SUITE_P(InANewInstance, Lockout, testing::ValuesIn(kinds(Way::new_instance)),
                         name);

}  // namespace
}  // namespace flows::lockout
