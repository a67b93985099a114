#include "server/bootstrap/dial_credentials.h"

#include <string>

#include <gtest/gtest.h>

#include "server/wire/bytes.h"

namespace bootstrap {
namespace {

provisioning::PskCredential psk(const std::string& identity) {
    return {{identity.begin(), identity.end()}, model::Secret(wire::as_bytes("0123456789abcdef"))};
}

std::string next(const DialCredentials& list) {
    if (list.empty()) return "none";
    return list.next() ? std::string(wire::as_text(list.next()->identity)) : "public key";
}

TEST(DialCredentials, AreTheRecordsWhereNothingElseIsKnown) {
    provisioning::Credentials record;
    EXPECT_TRUE(DialCredentials(record, {}).empty());
    record.psk = psk("own");
    EXPECT_EQ(next(DialCredentials(record, {})), "own");
    EXPECT_EQ(next(DialCredentials(record, {psk("pending"), psk("own")})), "pending");
    record.psk.reset();
    record.rpk.emplace();
    EXPECT_EQ(next(DialCredentials(record, {})), "public key");
}

TEST(DialCredentials, GoWhenTheyWereRefused) {
    provisioning::Credentials record;
    record.x509.emplace();
    DialCredentials list(record, {psk("pending"), psk("current")});
    EXPECT_TRUE(list.refused());
    EXPECT_EQ(next(list), "current");
    EXPECT_TRUE(list.refused());
    EXPECT_EQ(next(list), "public key");
    EXPECT_FALSE(list.refused());
    EXPECT_EQ(next(list), "none");
    EXPECT_FALSE(list.refused());
}

TEST(DialCredentials, ComeLastWhenNothingWasHeard) {
    DialCredentials list({}, {psk("pending"), psk("current")});
    list.unheard();
    EXPECT_EQ(next(list), "current");
    list.unheard();
    EXPECT_EQ(next(list), "pending");
    EXPECT_TRUE(list.refused());
    list.unheard();
    EXPECT_EQ(next(list), "current");
}

TEST(DialCredentials, AreBounded) {
    provisioning::Credentials record;
    record.x509.emplace();
    std::vector<provisioning::PskCredential> many;
    for (int i = 0; i < 100; ++i) many.push_back(psk(std::to_string(i)));
    DialCredentials list(record, many);
    std::size_t count = 1;
    while (list.refused()) ++count;
    EXPECT_EQ(count, DialCredentials::most);
}

}  // namespace
}  // namespace bootstrap
