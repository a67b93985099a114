#include "server/bootstrap/pending_requests.h"

#include <gtest/gtest.h>

namespace bootstrap {
namespace {

using coap::Code;
using coap::IncomingId;

const wire::TimePoint start{std::chrono::seconds(1000)};

BootstrapRequest request(const std::string& endpoint, bool is_pack = false) {
    BootstrapRequest made;
    made.is_pack = is_pack;
    made.endpoint = model::EndpointName::from(endpoint);
    return made;
}

TEST(PendingRequests, TheSameOnceMoreIsNothingToAskAbout) {
    PendingRequests pending;
    EXPECT_TRUE(pending.add(IncomingId(1), request("a"), start));
    EXPECT_FALSE(pending.add(IncomingId(2), request("a"), start));
    EXPECT_TRUE(pending.add(IncomingId(3), request("a", true), start));
    EXPECT_TRUE(pending.add(IncomingId(4), request("a"), start)) << "not the newest any more";
}

TEST(PendingRequests, TheNewestDecides) {
    PendingRequests pending;
    pending.add(IncomingId(1), request("a"), start);
    pending.add(IncomingId(2), request("b", true), start + std::chrono::seconds(1));
    EXPECT_EQ(pending.newest().id, IncomingId(2));
    EXPECT_TRUE(pending.newest().is_pack);
    EXPECT_EQ(pending.newest_request(), request("b", true));
    EXPECT_EQ(pending.since(), start);
    const auto taken = pending.take();
    EXPECT_EQ(taken.entries.size(), 2U);
    EXPECT_EQ(taken.request, request("b", true));
    EXPECT_TRUE(pending.empty());
}

TEST(PendingRequests, EachIsAcknowledgedOnce) {
    PendingRequests pending;
    pending.add(IncomingId(1), request("a"), start);
    EXPECT_EQ(pending.take_unacknowledged(), IncomingId(1));
    EXPECT_FALSE(pending.take_unacknowledged());
    pending.add(IncomingId(2), request("a"), start);
    EXPECT_TRUE(pending.has_unacknowledged());
    EXPECT_EQ(pending.take_unacknowledged(), IncomingId(2));
    pending.take();
    pending.add(IncomingId(3), request("a"), start);
    EXPECT_EQ(pending.take_unacknowledged(), IncomingId(3));
}

TEST(PendingRequests, OlderOnesOfTheSameKindGetTheSameCode) {
    const PendingRequests::Entry older{IncomingId(1), false};
    for (const Code code : {Code::changed, Code::bad_request, Code::service_unavailable})
        EXPECT_EQ(code_for_older(older, false, code), code);
    EXPECT_EQ(code_for_older({IncomingId(1), true}, true, Code::bad_request), Code::bad_request);
}

TEST(PendingRequests, WhatIsSaidOfAPackIsNotSaidOfABootstrapRequest) {
    // 2.04 would be a pack without anything in it; 2.05 or 5.01 no answer to POST /bs, and a 5.xx
    // would silence Anjay.
    EXPECT_EQ(code_for_older({IncomingId(1), true}, false, Code::changed), Code::not_implemented);
    EXPECT_EQ(code_for_older({IncomingId(1), true}, true, Code::content), Code::not_implemented);
    EXPECT_EQ(code_for_older({IncomingId(1), false}, true, Code::content), Code::bad_request);
    EXPECT_EQ(code_for_older({IncomingId(1), false}, true, Code::not_implemented),
              Code::bad_request);
}

}  // namespace
}  // namespace bootstrap
