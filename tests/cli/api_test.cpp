#include "server/cli/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/invocation.h"
#include "tests/daemon/site.h"

namespace cli {
namespace {

using ::testing::HasSubstr;

TEST(CliApi, SaysWhichSocketNobodyAnswersAt) {
    for (const std::string& socket :
         {std::string("/nonexistent/control.sock"), "/" + std::string(200, 'x')}) {
        const auto answer = ask({socket}, {"GET", "/healthz"});
        ASSERT_TRUE(std::holds_alternative<Unreachable>(answer));
        EXPECT_THAT(std::get<Unreachable>(answer).reason, HasSubstr(socket));
    }
    const testing::Invocation plan(
        {"profile", "plan", "m", "-e", "e", "--socket", "/nonexistent/control.sock"});
    EXPECT_EQ(plan.code, ExitCode::unreachable);
    EXPECT_THAT(plan.err, HasSubstr("/nonexistent/control.sock"));
}

TEST(CliApi, EncodesWhatAUrlWouldTakeForItsOwn) {
    EXPECT_EQ(percent_encode("urn:imei:1"), "urn%3Aimei%3A1");
    EXPECT_EQ(percent_encode("a/b?c&d=e+%\xFF"), "a%2Fb%3Fc%26d%3De%2B%25%FF");
    EXPECT_EQ(percent_encode("A-z_0.~"), "A-z_0.~");
}

TEST(CliApi, TellsTheDetailOfAProblemElseItsStatus) {
    EXPECT_EQ(detail_of({404, R"({"detail":"no profile \"x\""})"}), "no profile \"x\"");
    for (const char* body : {"", "{}", "[]", R"({"detail":7})", "{\"detail\":\"x\""})
        EXPECT_EQ(detail_of({500, body}), "the daemon answered with status 500");
}

}  // namespace
}  // namespace cli
