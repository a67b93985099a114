#include "server/http/spool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace http {
namespace {

struct Got {
    std::string octets;
    std::size_t largest = 0;
    BodySource::Piece::Then then = BodySource::Piece::Then::go_on;
};

Got all_of(BodySource& source) {
    Got got;
    while (got.then == BodySource::Piece::Then::go_on)
        source.next([&](BodySource::Piece piece) {
            got.octets += piece.octets;
            got.largest = std::max(got.largest, piece.octets.size());
            got.then = piece.then;
        });
    return got;
}

TEST(Spool, GivesBackWhatWasWritten) {
    auto spool = Spool::make(testing::TempDir(), 10'000'000);
    ASSERT_TRUE(spool) << spool.error();
    std::string all;
    for (int i = 0; i < 50'000; ++i) {
        const std::string line = "{\"line\":" + std::to_string(i) + "}\n";
        ASSERT_TRUE(spool->write(line));
        all += line;
    }
    EXPECT_EQ(spool->size(), all.size());
    const Got got = all_of(*std::move(*spool).read());
    EXPECT_EQ(got.then, BodySource::Piece::Then::end);
    EXPECT_TRUE(got.octets == all);
    EXPECT_LE(got.largest, 64U * 1024);
}

TEST(Spool, MayHoldNothing) {
    auto spool = Spool::make(testing::TempDir(), 10);
    ASSERT_TRUE(spool);
    const Got got = all_of(*std::move(*spool).read());
    EXPECT_EQ(got.octets, "");
    EXPECT_EQ(got.then, BodySource::Piece::Then::end);
}

TEST(Spool, IsNotWholeAboveItsLimit) {
    auto spool = Spool::make(testing::TempDir(), 5);
    ASSERT_TRUE(spool);
    EXPECT_TRUE(spool->write("12345"));
    EXPECT_FALSE(spool->write("6"));
    EXPECT_FALSE(spool->write(""));
    EXPECT_EQ(all_of(*std::move(*spool).read()).then, BodySource::Piece::Then::cut);
}

TEST(Spool, NamesTheFolderItCannotUse) {
    const auto spool = Spool::make("/nowhere/at/all", 5);
    ASSERT_FALSE(spool);
    EXPECT_THAT(spool.error(), testing::HasSubstr("/nowhere/at/all"));
}

}  // namespace
}  // namespace http
