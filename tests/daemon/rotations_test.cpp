#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/daemon_rotations.h"
#include "tests/http/fake_store.h"
#include "tests/outbound/test_server.h"
#include "tests/support/seeded_random.h"

namespace {

namespace asio = boost::asio;
using bootstrapd::CredentialNews;
using bootstrapd::Rotations;
using http::Rotation;
using testing::ElementsAre;
using testing::IsEmpty;

class DaemonRotations : public testing::Test, public attach::Sink {
  protected:
    DaemonRotations() {
        for (const char* endpoint : {"a-1", "a-2", "a-3", "b-1"}) {
            provisioning::Device made{
                *model::EndpointName::from(endpoint), "", "", "meter", {}, {}, {}, {}};
            kept.devices[endpoint] =
                std::make_shared<store::DeviceRecord>(store::DeviceRecord{std::move(made)});
        }
        rotations.set_rate(1000);
    }
    void take(attach::Event event, std::function<void(attach::Answer)>) override {
        triggered.push_back(*event.endpoint);
    }
    void withdraw_all(std::string) override {}
    std::string begin(http::RotationOrder order) {
        const auto begun =
            rotations.begin(std::move(order), {"token ops", "rotation.order", "", ""});
        return begun ? begun->id : "";
    }
    Rotation::State state_of(const std::string& id) const {
        for (const Rotation& each : rotations.all())
            if (each.id == id) return each.state;
        return Rotation::State::failed;
    }
    bool ends(const std::string& id) {
        return run_until(context, [&] { return state_of(id) != Rotation::State::running; });
    }

    asio::io_context context;
    FakeStore kept;
    support::SeededRandom random{1};
    http::Events events{"boot"};
    journal::Journal journal{journal::Level::error, journal::Format::text};
    CredentialNews news{
        CredentialNews::Parts{context, kept, random, events, journal,
                              [](std::string_view) { return std::vector<std::string>(); }, [] {}}};
    std::vector<std::string> triggered;
    Rotations rotations{context, kept, *this, news, random, journal};
};

TEST_F(DaemonRotations, ComeToTheDevicesOfTheFilter) {
    const std::string id = begin({std::nullopt, "a-", true});
    ASSERT_TRUE(ends(id));
    const auto all = rotations.all();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].state, Rotation::State::finished);
    EXPECT_EQ(all[0].devices, 3U);
    EXPECT_TRUE(all[0].ended);
    EXPECT_THAT(triggered, ElementsAre("a-1", "a-2", "a-3"));
    ASSERT_EQ(kept.rotations.size(), 1U);
    EXPECT_EQ(kept.rotations[0].prefix, "a-");
    ASSERT_FALSE(kept.entries.empty());
    EXPECT_EQ(kept.entries[0].subject, id);
    EXPECT_EQ(kept.entries[0].actor, "token ops");
}

TEST_F(DaemonRotations, GoPageByPageAtTheirRate) {
    rotations.set_rate(2);
    const std::string id = begin({"meter", std::nullopt, false});
    ASSERT_TRUE(ends(id));
    ASSERT_EQ(kept.rotations.size(), 3U);
    EXPECT_EQ(kept.rotations[0].limit, 2U);
    EXPECT_EQ(kept.rotations[1].after, "a-2");
    EXPECT_EQ(kept.rotations[2].after, "b-1");
    EXPECT_EQ(rotations.all()[0].devices, 4U);
    EXPECT_THAT(triggered, IsEmpty());
}

TEST_F(DaemonRotations, AreCancelled) {
    rotations.set_rate(1);
    const std::string id = begin({"meter", std::nullopt, false});
    EXPECT_TRUE(rotations.cancel(id));
    EXPECT_FALSE(rotations.cancel(id));
    EXPECT_FALSE(rotations.cancel("nobody"));
    context.poll();
    EXPECT_EQ(state_of(id), Rotation::State::cancelled);
    EXPECT_THAT(kept.rotations, IsEmpty());
}

TEST_F(DaemonRotations, FailWithTheStoreButWaitWhileItIsBusy) {
    kept.error = store::Error{store::Errc::busy, "busy"};
    const std::string id = begin({"meter", std::nullopt, false});
    EXPECT_TRUE(run_until(context, [&] { return kept.rotations.size() == 2; }));
    EXPECT_EQ(state_of(id), Rotation::State::running);
    kept.error = store::Error{store::Errc::disk_full, "the disk is full"};
    ASSERT_TRUE(ends(id));
    EXPECT_EQ(rotations.all()[0].state, Rotation::State::failed);
    EXPECT_EQ(rotations.all()[0].cause, "the disk is full");
}

TEST_F(DaemonRotations, AreSoManyAndNoMore) {
    rotations.set_rate(1);
    for (std::size_t i = 0; i < Rotations::most_under_way; ++i)
        EXPECT_NE(begin({"meter", std::nullopt, false}), "");
    EXPECT_EQ(begin({"meter", std::nullopt, false}), "");
    for (int i = 0; i < 200; ++i) {
        EXPECT_TRUE(rotations.cancel(rotations.all().front().id));
        EXPECT_NE(begin({"meter", std::nullopt, false}), "");
    }
    EXPECT_LE(rotations.all().size(), Rotations::most_under_way + Rotations::most_ended);
}

}  // namespace
