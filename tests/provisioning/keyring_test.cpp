#include "provisioning/keyring.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/seeded_random.h"

namespace provisioning {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Proved = Keyring::Proved;
using State = AccountKey::State;

constexpr seconds grace{100};

WallTime at(std::int64_t second) {
    return WallTime(seconds(second));
}

// The key of an identity says which one it is.
PskCredential psk(const std::string& identity, const std::string& key = "") {
    const auto octets = wire::as_bytes(identity);
    return {{octets.begin(), octets.end()},
            model::Secret(wire::as_bytes(key.empty() ? "key of " + identity : key))};
}

Credentials own(const std::string& identity = "own", const std::string& key = "") {
    Credentials credentials;
    credentials.psk = psk(identity, key);
    return credentials;
}

std::string key_text(const Keyring& keyring, const Credentials& own, const std::string& identity,
                     std::int64_t second) {
    const auto key = keyring.key_of(own, wire::as_bytes(identity), at(second));
    return key ? std::string(wire::as_text(key->reveal())) : "none";
}

std::vector<std::string> dialled(const Keyring& keyring, const Credentials& own,
                                 std::int64_t second) {
    std::vector<std::string> all;
    for (const auto& each : keyring.to_dial(own, at(second)))
        all.emplace_back(wire::as_text(each.identity));
    return all;
}

Proved prove(Keyring& keyring, const std::string& identity, std::int64_t second,
             std::optional<seconds> honoured = grace, const Credentials& of = own()) {
    return keyring.prove(of, wire::as_bytes(identity), at(second), at(second), honoured);
}

State state_of(const Keyring& keyring, const std::string& identity) {
    for (const AccountKey& key : keyring.keys())
        if (wire::as_text(key.psk.identity) == identity) return key.state;
    ADD_FAILURE() << identity << " is not there";
    return State::retired;
}

// {own current, new pending, written by "s" from 10 to 20}
Keyring with_pending() {
    Keyring keyring;
    keyring.pend(own(), psk("new"), "s", at(10));
    EXPECT_TRUE(keyring.session_ended("s", at(20)));
    return keyring;
}

// {own retired until 130, new current}
Keyring with_promoted(std::optional<seconds> honoured = grace) {
    Keyring keyring = with_pending();
    EXPECT_EQ(prove(keyring, "new", 30, honoured), Proved::promoted);
    return keyring;
}

TEST(Keyring, IsTheRecordsOwnKeyWhileItIsEmpty) {
    const Keyring keyring;
    EXPECT_TRUE(keyring.empty());
    EXPECT_EQ(key_text(keyring, own(), "own", 0), "key of own");
    EXPECT_EQ(key_text(keyring, own(), "other", 0), "none");
    EXPECT_EQ(key_text(keyring, {}, "own", 0), "none");
    EXPECT_THAT(dialled(keyring, own(), 0), ElementsAre("own"));
    EXPECT_THAT(dialled(keyring, {}, 0), IsEmpty());
    EXPECT_TRUE(keyring.is_replacement_due(own()));
    EXPECT_EQ(keyring.pending(), nullptr);
    EXPECT_EQ(keyring.current(), nullptr);
}

TEST(Keyring, HonoursOldAndNewWhileOneIsPending) {
    const Keyring keyring = with_pending();
    EXPECT_EQ(key_text(keyring, own(), "own", 1'000'000), "key of own");
    EXPECT_EQ(key_text(keyring, own(), "new", 1'000'000), "key of new");
    EXPECT_THAT(dialled(keyring, own(), 1'000'000), ElementsAre("new", "own"));
    EXPECT_EQ(state_of(keyring, "own"), State::current);
    EXPECT_TRUE(keyring.is_replacement_due(own()));
}

TEST(Keyring, SendsThePendingOneAgainInsteadOfAnother) {
    Keyring keyring = with_pending();
    const AccountKey& again = keyring.pend(own(), psk("newer"), "t", at(30));
    EXPECT_EQ(wire::as_text(again.psk.identity), "new");
    EXPECT_EQ(again.session, "t");
    EXPECT_FALSE(again.session_ended);
    EXPECT_EQ(key_text(keyring, own(), "newer", 30), "none");
    EXPECT_EQ(keyring.keys().size(), 2U);
}

TEST(Keyring, PromotesByAHandshakeBegunAfterTheSessionEnded) {
    Keyring keyring = with_pending();
    EXPECT_EQ(prove(keyring, "new", 21), Proved::promoted);
    EXPECT_EQ(state_of(keyring, "new"), State::current);
    EXPECT_EQ(state_of(keyring, "own"), State::retired);
    EXPECT_FALSE(keyring.is_replacement_due(own()));
    EXPECT_EQ(keyring.pending(), nullptr);
}

TEST(Keyring, PromotesNothingByAHandshakeThatBeganEarlier) {
    Keyring keyring;
    keyring.pend(own(), psk("new"), "s", at(10));
    EXPECT_EQ(prove(keyring, "new", 15), Proved::nothing_new) << "the session runs";
    keyring.session_ended("s", at(20));
    EXPECT_EQ(keyring.prove(own(), wire::as_bytes("new"), at(19), at(25), grace),
              Proved::nothing_new);
    EXPECT_EQ(prove(keyring, "new", 20), Proved::nothing_new) << "at the very moment";
    // Another session writes it again.
    keyring.pend(own(), psk("x"), "t", at(30));
    EXPECT_EQ(prove(keyring, "new", 31), Proved::nothing_new);
    EXPECT_FALSE(keyring.session_ended("s", at(40))) << "that was another session";
    EXPECT_EQ(prove(keyring, "new", 41), Proved::nothing_new);
    EXPECT_EQ(state_of(keyring, "new"), State::pending);
    EXPECT_TRUE(keyring.session_ended("t", at(50)));
    EXPECT_FALSE(keyring.session_ended("t", at(60))) << "a second time";
    EXPECT_EQ(prove(keyring, "new", 51), Proved::promoted);
}

TEST(Keyring, ProvesNothingByTheOldKey) {
    Keyring keyring = with_pending();
    EXPECT_EQ(prove(keyring, "own", 30), Proved::nothing_new);
    EXPECT_EQ(prove(keyring, "stranger", 30), Proved::nothing_new);
    EXPECT_EQ(state_of(keyring, "new"), State::pending);
    EXPECT_EQ(state_of(keyring, "own"), State::current);
}

TEST(Keyring, TakesARestartForTheEndOfTheSession) {
    Keyring keyring;
    EXPECT_FALSE(keyring.interrupted(at(5)));
    keyring.pend(own(), psk("new"), "s", at(10));
    EXPECT_TRUE(keyring.interrupted(at(20)));
    EXPECT_FALSE(keyring.interrupted(at(30)));
    EXPECT_EQ(prove(keyring, "new", 20), Proved::nothing_new);
    EXPECT_EQ(prove(keyring, "new", 21), Proved::promoted);
    EXPECT_FALSE(keyring.interrupted(at(40)));
}

TEST(Keyring, HonoursARetiredOneUntilItsGraceIsOver) {
    Keyring keyring = with_promoted();
    EXPECT_EQ(key_text(keyring, own(), "own", 129), "key of own");
    EXPECT_EQ(key_text(keyring, own(), "own", 130), "none");
    EXPECT_EQ(key_text(keyring, own(), "new", 130), "key of new");
    EXPECT_THAT(dialled(keyring, own(), 129), ElementsAre("new", "own"));
    EXPECT_THAT(dialled(keyring, own(), 130), ElementsAre("new"));
    EXPECT_EQ(prove(keyring, "own", 130), Proved::nothing_new);
    // What its file still says does not bring it back.
    EXPECT_FALSE(keyring.tidy(own(), at(1000)));
    EXPECT_EQ(keyring.tidy_at(own()), std::nullopt);
    EXPECT_EQ(key_text(keyring, own(), "own", 1000), "none");
    // A record that says something else does not need it.
    EXPECT_EQ(keyring.tidy_at(own("b")), at(130));
    EXPECT_FALSE(keyring.tidy(own("b"), at(129)));
    EXPECT_TRUE(keyring.tidy(own("b"), at(130)));
    EXPECT_EQ(keyring.keys().size(), 1U);
}

TEST(Keyring, HonoursARetiredOneForEverWithoutAGracePeriod) {
    Keyring keyring = with_promoted(std::nullopt);
    constexpr std::int64_t years = 100LL * 365 * 86400;
    EXPECT_EQ(key_text(keyring, own(), "own", years), "key of own");
    EXPECT_FALSE(keyring.tidy(own("b"), at(years)));
    EXPECT_EQ(keyring.tidy_at(own("b")), std::nullopt);
    EXPECT_EQ(prove(keyring, "own", years), Proved::returned);
}

TEST(Keyring, TakesTheOldOneBackAndSendsTheNewOneAgain) {
    Keyring keyring = with_promoted();
    EXPECT_EQ(prove(keyring, "own", 129), Proved::returned);
    EXPECT_EQ(state_of(keyring, "own"), State::current);
    EXPECT_EQ(state_of(keyring, "new"), State::pending);
    EXPECT_EQ(key_text(keyring, own(), "own", 1'000'000), "key of own") << "its clock stands";
    EXPECT_EQ(keyring.current()->until, std::nullopt);
    EXPECT_TRUE(keyring.is_replacement_due(own()));
    EXPECT_EQ(wire::as_text(keyring.pend(own(), psk("x"), "t", at(200)).psk.identity), "new");
    keyring.session_ended("t", at(210));
    EXPECT_EQ(prove(keyring, "new", 220), Proved::promoted);
    EXPECT_EQ(key_text(keyring, own(), "own", 319), "key of own") << "its clock begins anew";
    EXPECT_EQ(key_text(keyring, own(), "own", 320), "none");
}

TEST(Keyring, CountsAHandshakeThatBeganInTimeThoughItIsToldLater) {
    Keyring keyring = with_promoted();
    EXPECT_EQ(keyring.prove(own(), wire::as_bytes("own"), at(129), at(131), grace),
              Proved::returned);
}

TEST(Keyring, MakesAnotherKeyWhereARotationWasOrdered) {
    Keyring keyring = with_promoted();
    keyring.order_rotation();
    EXPECT_TRUE(keyring.is_replacement_due(own()));
    EXPECT_EQ(wire::as_text(keyring.pend(own(), psk("third"), "t", at(40)).psk.identity), "third");
    EXPECT_FALSE(keyring.rotation_ordered());
    EXPECT_THAT(dialled(keyring, own(), 41), ElementsAre("third", "new", "own"));
    keyring.session_ended("t", at(50));
    EXPECT_EQ(prove(keyring, "third", 60), Proved::promoted);
    EXPECT_FALSE(keyring.is_replacement_due(own()));
    EXPECT_THAT(dialled(keyring, own(), 61), ElementsAre("third", "new", "own"));
    EXPECT_EQ(key_text(keyring, own(), "new", 159), "key of new");
    EXPECT_EQ(key_text(keyring, own(), "new", 160), "none");
}

TEST(Keyring, IsNotEmptyWithAnOrderAlone) {
    Keyring keyring;
    keyring.order_rotation();
    EXPECT_FALSE(keyring.empty());
    EXPECT_EQ(key_text(keyring, own(), "own", 0), "key of own");
}

TEST(Keyring, HasOnePendingAtMostWhereAnOlderOneComesBack) {
    Keyring keyring = with_promoted();
    keyring.order_rotation();
    keyring.pend(own(), psk("third"), "t", at(40));
    keyring.session_ended("t", at(50));
    EXPECT_EQ(prove(keyring, "own", 60), Proved::returned);
    EXPECT_EQ(state_of(keyring, "own"), State::current);
    EXPECT_EQ(state_of(keyring, "third"), State::pending);
    EXPECT_EQ(state_of(keyring, "new"), State::retired);
    EXPECT_EQ(key_text(keyring, own(), "new", 159), "key of new");
    EXPECT_EQ(key_text(keyring, own(), "new", 160), "none");
}

TEST(Keyring, MakesAFirstKeyForADeviceWithoutOne) {
    Credentials none;
    none.nosec = true;
    Keyring keyring;
    EXPECT_TRUE(keyring.is_replacement_due(none));
    keyring.pend(none, psk("new"), "s", at(10));
    keyring.session_ended("s", at(20));
    EXPECT_EQ(keyring.current(), nullptr);
    EXPECT_EQ(prove(keyring, "new", 30, grace, none), Proved::promoted);
    EXPECT_EQ(keyring.keys().size(), 1U);
    EXPECT_FALSE(keyring.is_replacement_due(none));
}

TEST(Keyring, RemembersWhereTheNewOneWasWrittenUntilTheOldOneIsPurged) {
    constexpr model::InstanceId zero{0}, three{3};
    Keyring keyring;
    keyring.written_at(three, zero);
    EXPECT_TRUE(keyring.empty());
    keyring.pend(own(), psk("new"), "s", at(10));
    keyring.written_at(three, zero);
    EXPECT_EQ(keyring.pending()->instance, three);
    EXPECT_EQ(keyring.pending()->replaces, zero);
    keyring.session_ended("s", at(20));
    EXPECT_EQ(prove(keyring, "new", 30), Proved::promoted);
    EXPECT_EQ(keyring.current()->replaces, zero);
    EXPECT_FALSE(keyring.purged(three));
    EXPECT_TRUE(keyring.purged(zero));
    EXPECT_FALSE(keyring.purged(zero));
    EXPECT_EQ(keyring.current()->instance, three);
}

// ---- the record's own changes ----

TEST(Keyring, HonoursAnotherKeyOfTheRecordBesideItsOwnOnes) {
    Keyring keyring = with_promoted();
    EXPECT_EQ(key_text(keyring, own("b"), "b", 1000), "key of b");
    EXPECT_THAT(dialled(keyring, own("b"), 40), ElementsAre("new", "own", "b"));
    // The device uses it: it has lost what it was given.
    EXPECT_EQ(prove(keyring, "b", 50, grace, own("b")), Proved::returned);
    EXPECT_EQ(state_of(keyring, "b"), State::current);
    EXPECT_EQ(state_of(keyring, "new"), State::pending);
}

TEST(Keyring, KeepsThePendingOneAndTheOldOneWhenTheRecordChanges) {
    Keyring keyring = with_pending();
    EXPECT_TRUE(keyring.own_changed(own(), own("b"), at(30), grace));
    EXPECT_EQ(key_text(keyring, own("b"), "own", 129), "key of own");
    EXPECT_EQ(key_text(keyring, own("b"), "own", 130), "none");
    EXPECT_EQ(key_text(keyring, own("b"), "new", 1000), "key of new");
    EXPECT_EQ(key_text(keyring, own("b"), "b", 1000), "key of b");
    EXPECT_THAT(dialled(keyring, own("b"), 40), ElementsAre("new", "b", "own"));
    // One that goes on with the old one keeps it.
    Keyring used = keyring;
    EXPECT_EQ(prove(used, "own", 100, grace, own("b")), Proved::returned);
    EXPECT_EQ(key_text(used, own("b"), "own", 1000), "key of own");
    EXPECT_EQ(key_text(used, own("b"), "new", 1000), "key of new");
    EXPECT_EQ(key_text(used, own("b"), "b", 1000), "key of b");
    // And one that was given the new one in between is not alarming.
    EXPECT_EQ(prove(used, "b", 1000, grace, own("b")), Proved::promoted);
    EXPECT_EQ(state_of(used, "own"), State::retired);
    EXPECT_EQ(state_of(used, "new"), State::pending);
}

TEST(Keyring, BeginsWithTheOldKeyOfARecordThatChanges) {
    Keyring keyring;
    EXPECT_FALSE(keyring.own_changed(own(), own(), at(0), grace));
    EXPECT_FALSE(keyring.own_changed({}, own(), at(0), grace));
    EXPECT_FALSE(keyring.own_changed(own(), own("own", "other"), at(0), grace));
    EXPECT_TRUE(keyring.empty());
    EXPECT_TRUE(keyring.own_changed(own(), own("b"), at(0), grace));
    EXPECT_EQ(state_of(keyring, "own"), State::retired);
    EXPECT_THAT(dialled(keyring, own("b"), 99), ElementsAre("b", "own"));
    EXPECT_EQ(prove(keyring, "b", 10, grace, own("b")), Proved::nothing_new);
    EXPECT_TRUE(keyring.is_replacement_due(own("b")));
    // And back: the operator means it.
    EXPECT_TRUE(keyring.own_changed(own("b"), own(), at(50), grace));
    EXPECT_EQ(key_text(keyring, own(), "own", 1000), "key of own");
    EXPECT_EQ(key_text(keyring, own(), "b", 149), "key of b");
    EXPECT_EQ(key_text(keyring, own(), "b", 150), "none");
    EXPECT_TRUE(keyring.own_changed(own(), {}, at(200), grace));
    EXPECT_EQ(key_text(keyring, {}, "own", 299), "key of own");
    EXPECT_EQ(key_text(keyring, {}, "own", 300), "none");
}

TEST(Keyring, TakesTheRecordsNewKeyOfTheSameIdentity) {
    const Credentials changed = own("own", "changed");
    Keyring current = with_pending();
    EXPECT_EQ(key_text(current, changed, "own", 30), "changed");
    EXPECT_THAT(dialled(current, changed, 30), ElementsAre("new", "own"));
    EXPECT_TRUE(wire::as_text(current.to_dial(changed, at(30))[1].key.reveal()) == "changed");
    EXPECT_TRUE(current.own_changed(own(), changed, at(30), grace));
    EXPECT_EQ(key_text(current, changed, "own", 30), "changed");
    EXPECT_EQ(key_text(current, changed, "new", 30), "key of new");
    // Of one that was retired and over, too: it is a new key.
    Keyring over = with_promoted();
    EXPECT_EQ(key_text(over, own(), "own", 1000), "none");
    EXPECT_EQ(key_text(over, changed, "own", 1000), "changed");
    EXPECT_TRUE(over.tidy(changed, at(1000)));
    EXPECT_EQ(key_text(over, changed, "own", 1000), "changed");
}

TEST(Keyring, KeepsAGeneratedKeyWhateverTheRecordSaysOfItsIdentity) {
    Keyring keyring = with_promoted();
    const Credentials other = own("new", "other");
    EXPECT_EQ(key_text(keyring, other, "new", 40), "key of new");
    EXPECT_FALSE(keyring.own_changed(own(), other, at(40), grace));
    EXPECT_EQ(key_text(keyring, other, "new", 40), "key of new");
    EXPECT_EQ(keyring.prove(other, wire::as_bytes("new"), at(50), at(50), grace),
              Proved::nothing_new);
    EXPECT_THAT(dialled(keyring, other, 40), ElementsAre("new", "own"));
}

TEST(Keyring, GivesUpWhatItsRecordDeclaredOnceAndNothingElse) {
    Keyring keyring = with_pending();
    EXPECT_FALSE(keyring.give_up(wire::as_bytes("own"))) << "current";
    EXPECT_FALSE(keyring.give_up(wire::as_bytes("new"))) << "pending";
    EXPECT_FALSE(keyring.give_up(wire::as_bytes("stranger")));
    keyring.own_changed(own(), own("b"), at(30), grace);
    EXPECT_TRUE(keyring.give_up(wire::as_bytes("own")));
    EXPECT_EQ(key_text(keyring, own("b"), "own", 30), "none");
}

TEST(Keyring, HasALimit) {
    Keyring keyring;
    std::int64_t now = 0;
    for (std::size_t i = 0; i < 3 * Keyring::max_keys; ++i) {
        keyring.order_rotation();
        const std::string identity = "id" + std::to_string(i);
        keyring.pend(own(), psk(identity), "s", at(now));
        keyring.session_ended("s", at(now));
        ASSERT_EQ(prove(keyring, identity, ++now, std::nullopt), Proved::promoted);
        ASSERT_LE(keyring.keys().size(), Keyring::max_keys);
        ASSERT_EQ(key_text(keyring, own(), identity, now), "key of " + identity);
    }
    EXPECT_EQ(keyring.keys().size(), Keyring::max_keys);
    EXPECT_EQ(key_text(keyring, own(), "id0", now), "none");
    EXPECT_EQ(key_text(keyring, own(), "own", now), "key of own");
}

// ---- what must hold, whatever happens ----

// A device, of which nobody knows whether what was written arrived and stayed.
class Fleet {
  public:
    Fleet(std::uint64_t seed, std::optional<seconds> honoured) : random_(seed), grace_(honoured) {}

    void run(int steps) {
        for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
            now_ += 1 + static_cast<std::int64_t>(random_.below(40));
            step();
            check();
        }
    }
    bool promoted = false, returned = false, over = false;

  private:
    void step() {
        switch (random_.below(8)) {
            case 0:  // a session begins and writes a key, which may arrive
                session_ = "s" + std::to_string(now_);
                if (keyring_.is_replacement_due(own())) {
                    written_ = text(
                        keyring_.pend(own(), psk("k" + std::to_string(now_)), session_, at(now_)));
                    if (random_.below(2) == 0) held_ = written_;
                }
                return;
            case 1:  // it ends, and the device may go back to what it had
                if (session_.empty()) return;
                keyring_.session_ended(session_, at(now_));
                if (random_.below(3) == 0) held_ = proved_;
                session_.clear();
                return;
            case 2:  // the daemon is killed and started again
                keyring_.interrupted(at(now_));
                if (random_.below(3) == 0) held_ = proved_;
                session_.clear();
                return;
            case 3:
                keyring_.tidy(own(), at(now_));
                return;
            case 4:
                if (random_.below(4) == 0)
                    keyring_.order_rotation();
                else
                    reset();
                return;
            case 5:  // a handshake from before the session's end is told late
                if (!session_.empty() && held_ == written_) {
                    const std::int64_t began = now_;
                    now_ += 1;
                    keyring_.session_ended(session_, at(now_));
                    session_.clear();
                    ASSERT_NE(keyring_.prove(own(), wire::as_bytes(held_), at(began), at(now_ + 1),
                                             grace_),
                              Proved::promoted);
                }
                return;
            default:
                handshake();
        }
    }

    // An older image of the device's memory, in the time in which it is honoured.
    void reset() {
        for (const auto& [identity, since] : replaced_) {
            if (key_text(keyring_, own(), identity, now_) == "none") continue;
            if (state_or_gone(identity) != State::retired || identity == written_) continue;
            held_ = identity;
            returned = true;
            ASSERT_EQ(prove(keyring_, identity, now_, grace_), Proved::returned);
            replaced_[proved_] = now_;
            replaced_.erase(held_);
            proved_ = held_;
            return;
        }
    }

    void handshake() {
        const Proved result =
            keyring_.prove(own(), wire::as_bytes(held_), at(now_), at(now_), grace_);
        if (session_.empty() && held_ != proved_) {
            ASSERT_NE(result, Proved::nothing_new) << held_ << " instead of " << proved_;
        }
        if (result == Proved::promoted) {
            promoted = true;
            ASSERT_TRUE(session_.empty() || held_ != written_);
        }
        if (result != Proved::nothing_new || session_.empty()) {
            if (held_ != proved_) replaced_[proved_] = now_;
            replaced_.erase(held_);
            proved_ = held_;
        }
    }

    void check() {
        // What the device may have.
        for (const std::string& identity : {held_, proved_})
            ASSERT_NE(key_text(keyring_, own(), identity, now_), "none") << identity;
        ASSERT_LE(std::ranges::count(keyring_.keys(), State::pending, &AccountKey::state), 1);
        ASSERT_LE(std::ranges::count(keyring_.keys(), State::current, &AccountKey::state), 1);
        std::set<wire::Bytes> identities;
        for (const auto& identity : keyring_.identities())
            ASSERT_TRUE(identities.insert(identity).second);
        for (const auto& each : keyring_.to_dial(own(), at(now_)))
            ASSERT_TRUE(keyring_.key_of(own(), each.identity, at(now_)));
        for (const auto& [identity, since] : replaced_) {
            if (identity == held_ || identity == written_) continue;
            const std::string key = key_text(keyring_, own(), identity, now_);
            if (!grace_) {
                ASSERT_NE(key, "none") << identity;
            } else if (state_or_gone(identity) != State::pending &&
                       at(now_) >= at(since) + *grace_) {
                ASSERT_EQ(key, "none") << identity;
                over = true;
            }
        }
    }

    State state_or_gone(const std::string& identity) const {
        for (const AccountKey& key : keyring_.keys())
            if (wire::as_text(key.psk.identity) == identity) return key.state;
        return State::retired;
    }

    static std::string text(const AccountKey& key) {
        return std::string(wire::as_text(key.psk.identity));
    }

    support::SeededRandom random_;
    std::optional<seconds> grace_;
    Keyring keyring_;
    std::int64_t now_ = 0;
    std::string session_;         // that runs
    std::string held_ = "own";    // what the device has
    std::string proved_ = "own";  // what it had in its last handshake that counts
    std::string written_;         // by the last session
    std::map<std::string, std::int64_t> replaced_;
};

TEST(Keyring, NeverLocksADeviceOut) {
    bool promoted = false, returned = false, over = false;
    for (std::uint64_t seed = 0; seed < 400 && !HasFailure(); ++seed) {
        SCOPED_TRACE(seed);
        Fleet fleet(seed, seed % 3 == 0 ? std::nullopt : std::optional(grace));
        fleet.run(seed % 3 == 0 ? 100 : 300);
        promoted = promoted || fleet.promoted;
        returned = returned || fleet.returned;
        over = over || fleet.over;
    }
    EXPECT_TRUE(promoted);
    EXPECT_TRUE(returned);
    EXPECT_TRUE(over);
}

}  // namespace
}  // namespace provisioning
