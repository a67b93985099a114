#include "server/dtls/certificate_message.h"

#include <gtest/gtest.h>

#include "tests/dtls/pki_peers.h"

namespace dtls::testing {
namespace {

wire::Bytes octets(wire::BytesView view) {
    return {view.begin(), view.end()};
}

TEST(CertificateMessage, HoldsAChain) {
    const std::vector<wire::Bytes> chain{{1, 2, 3}, {4}};
    const wire::Bytes message = certificate_message(chain);
    const auto read = certificate_chain(message);
    ASSERT_TRUE(read);
    ASSERT_EQ(read->size(), 2U);
    EXPECT_EQ(octets((*read)[0]), chain[0]);
    EXPECT_EQ(octets((*read)[1]), chain[1]);
    EXPECT_TRUE(certificate_chain(certificate_message({}))->empty());
}

TEST(CertificateMessage, IsRefusedWhenItsLengthsDisagree) {
    const wire::Bytes whole = certificate_message({{1, 2, 3}, {4}});
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(certificate_chain(wire::BytesView(whole).first(size))) << size;
    wire::Bytes longer = whole;
    longer.push_back(0);
    EXPECT_FALSE(certificate_chain(longer));
    EXPECT_FALSE(certificate_chain(wire::Bytes{0, 0, 3, 0, 0, 0}));  // an empty certificate
    EXPECT_FALSE(certificate_chain(wire::Bytes{0, 0, 4, 0, 0, 2, 1}));
}

TEST(CertificateMessage, HoldsSoManyCertificatesAndNoMore) {
    const std::vector<wire::Bytes> most(max_chain, wire::Bytes{1});
    EXPECT_EQ(certificate_chain(certificate_message(most))->size(), max_chain);
    const std::vector<wire::Bytes> many(max_chain + 1, wire::Bytes{1});
    EXPECT_FALSE(certificate_chain(certificate_message(many)));
}

// RFC 7250 §3.
TEST(CertificateMessage, HoldsARawPublicKey) {
    const wire::Bytes message{0, 0, 2, 7, 8};
    EXPECT_EQ(octets(*raw_public_key(message)), (wire::Bytes{7, 8}));
    EXPECT_TRUE(raw_public_key(wire::Bytes{0, 0, 0})->empty());
    EXPECT_FALSE(raw_public_key(wire::Bytes{0, 0}));
    EXPECT_FALSE(raw_public_key(wire::Bytes{0, 0, 2, 7}));
    EXPECT_FALSE(raw_public_key(wire::Bytes{0, 0, 1, 7, 8}));
}

}  // namespace
}  // namespace dtls::testing
