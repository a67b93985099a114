// The device is never locked out while its Bootstrap-Server account is given another key: every
// trouble, with the daemon killed after every step of it. Each test prints how many runs it made.

#include "tests/flows/lockout.h"

#include <array>
#include <cstdlib>
#include <iostream>

#include <gtest/gtest.h>

namespace flows::lockout {
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
            ADD_FAILURE() << kind_.name << ", " << to_string(trouble) << ": " << story.fault;
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
    const std::size_t exchanges = tally.run({}).exchanges;
    for (std::size_t first = 0; first < exchanges; ++first) {
        for (std::size_t second = 0; second < exchanges; ++second) {
            for (const auto one : {Direction::to_device, Direction::to_server}) {
                for (const auto other : {Direction::to_device, Direction::to_server}) {
                    Trouble trouble;
                    trouble.losses = {{first, one}, {second, other}};
                    tally.run(trouble);
                }
            }
        }
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
