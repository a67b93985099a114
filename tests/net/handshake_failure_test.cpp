#include "server/net/handshake_failure.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace net {
namespace {

using dtls::Ended;
using dtls::Ending;

TEST(HandshakeFailureNames, AreDifferent) {
    std::set<std::string_view> names;
    for (const HandshakeFailure one : all_handshake_failures) names.insert(to_string(one));
    EXPECT_EQ(names.size(), all_handshake_failures.size());
    for (std::size_t i = 0; i < all_handshake_failures.size(); ++i)
        EXPECT_EQ(static_cast<std::size_t>(all_handshake_failures[i]), i) << "counters go by it";
}

TEST(HandshakeFailureKinds, AreToldApart) {
    const auto by_us = [](const char* reason, bool unproved) {
        return Ended{Ending::refused_by_us, reason, unproved};
    };
    EXPECT_EQ(failure_of(by_us("unknown PSK identity", true), true, false),
              HandshakeFailure::unknown_identity);
    EXPECT_EQ(failure_of(by_us("unknown", true), true, true), HandshakeFailure::certificate);
    EXPECT_EQ(failure_of(by_us("another key", true), false, false), HandshakeFailure::wrong_key);
    EXPECT_EQ(failure_of(by_us("certificate verify failed", true), false, true),
              HandshakeFailure::certificate);
    EXPECT_EQ(failure_of(by_us("peer did not return a certificate", true), false, false),
              HandshakeFailure::certificate);
    EXPECT_EQ(failure_of(by_us("no shared cipher", false), false, false),
              HandshakeFailure::no_common_suite);
    EXPECT_EQ(failure_of(by_us("out of memory", false), false, false), HandshakeFailure::other);
    EXPECT_EQ(failure_of({Ending::refused_by_peer, "decrypt error", false}, false, false),
              HandshakeFailure::refused_by_peer);
    EXPECT_EQ(failure_of({Ending::handshake_timeout, "", false}, false, false),
              HandshakeFailure::timeout);
    EXPECT_EQ(failure_of({Ending::handshake_timeout, "", true}, false, false),
              HandshakeFailure::wrong_key);
    EXPECT_EQ(failure_of({Ending::closed_by_peer, "", false}, false, false),
              HandshakeFailure::other);
}

// A device that is set up wrongly may send its key as its identity.
TEST(ShownInPart, ShowsTheBeginningOfAnIdentityAlone) {
    EXPECT_EQ(shown_in_part(wire::as_bytes("urn:dev:mac:0024befffe804ff1")),
              "\"urn:dev:\"… (28 octets)");
    EXPECT_EQ(shown_in_part(wire::as_bytes("abcdef")), "\"abc\"… (6 octets)");
    EXPECT_EQ(shown_in_part(wire::Bytes{0x00, 0xFF, 0x41}), "0x00ff… (3 octets)");
    EXPECT_EQ(shown_in_part(wire::as_bytes("a\nb\"c")), "0x610a62… (5 octets)");
    EXPECT_EQ(shown_in_part({}), "\"\"… (0 octets)");
}

}  // namespace
}  // namespace net
