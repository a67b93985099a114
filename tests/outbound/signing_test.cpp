#include "server/outbound/signing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace outbound {
namespace {

using ::testing::Contains;
using ::testing::Not;
using ::testing::Pair;

// python3 -c "import hmac, hashlib; print(hmac.new(b'whsec-0123456789',
//     b'1767225600' + b'.' + b'{\"id\":\"1\",\"type\":\"session.ended\"}',
//     hashlib.sha256).hexdigest())"
constexpr std::string_view expected =
    "v1=110df547c4f2c2dc7554823e1b3283c361a937cc671a67d6069f4228f39eb924";

store::Delivery delivery() {
    store::Delivery result;
    result.sequence = 4711;
    result.item = {"ops", "meter-1", "session.ended", R"({"id":"1","type":"session.ended"})"};
    return result;
}
constexpr std::chrono::sys_seconds now{std::chrono::seconds(1767225600)};

TEST(Signing, IsWhatPythonComputes) {
    const model::Secret secret(wire::as_bytes("whsec-0123456789"));
    EXPECT_EQ(signature("1767225600", R"({"id":"1","type":"session.ended"})", secret), expected);
    const auto headers = message_headers(delivery(), now, secret);
    EXPECT_THAT(headers, Contains(Pair("Lwm2m-Bootstrap-Signature", expected)));
    EXPECT_THAT(headers, Contains(Pair("Lwm2m-Bootstrap-Timestamp", "1767225600")));
    EXPECT_THAT(headers, Contains(Pair("Lwm2m-Bootstrap-Event", "session.ended")));
    EXPECT_THAT(headers, Contains(Pair("Lwm2m-Bootstrap-Delivery", "4711")));
}

TEST(Signing, CoversTimeBodyAndSecret) {
    const model::Secret secret(wire::as_bytes("whsec-0123456789"));
    EXPECT_NE(signature("1767225601", delivery().item.body, secret), expected);
    EXPECT_NE(signature("1767225600", delivery().item.body + " ", secret), expected);
    EXPECT_NE(signature("1767225600", delivery().item.body,
                        model::Secret(wire::as_bytes("whsec-0123456788"))),
              expected);
}

TEST(Signing, IsLeftOutWithoutASecret) {
    EXPECT_THAT(message_headers(delivery(), now, std::nullopt),
                Not(Contains(Pair("Lwm2m-Bootstrap-Signature", ::testing::_))));
}

}  // namespace
}  // namespace outbound
