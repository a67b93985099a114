#include "server/dtls/suites.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "server/dtls/dtls.h"

namespace dtls::testing {
namespace {

struct FreeContext {
    void operator()(SSL_CTX* one) const { SSL_CTX_free(one); }
};

boost::system::result<Suites, std::string> read(const std::vector<std::string>& names,
                                                bool with_certificates) {
    const std::unique_ptr<SSL_CTX, FreeContext> probe(SSL_CTX_new(DTLS_server_method()));
    return read_suites(probe.get(), names, with_certificates);
}

TEST(Suites, AreSortedByWhatProvesThePeer) {
    const auto suites = read({"ECDHE-ECDSA-AES128-CCM8", "PSK-AES128-CCM8",
                              "ECDHE-PSK-AES128-CBC-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"},
                             true);
    ASSERT_TRUE(suites) << suites.error();
    EXPECT_EQ(suites->all,
              "ECDHE-ECDSA-AES128-CCM8:PSK-AES128-CCM8:ECDHE-PSK-AES128-CBC-SHA256:"
              "ECDHE-ECDSA-AES256-GCM-SHA384:@SECLEVEL=0");
    EXPECT_EQ(suites->psk, "PSK-AES128-CCM8:ECDHE-PSK-AES128-CBC-SHA256:@SECLEVEL=0");
    EXPECT_EQ(suites->certificate,
              "ECDHE-ECDSA-AES128-CCM8:ECDHE-ECDSA-AES256-GCM-SHA384:@SECLEVEL=0");
}

TEST(Suites, ForCertificatesCountOnlyWithACertificate) {
    const auto suites = read(default_cipher_suites(), false);
    ASSERT_TRUE(suites) << suites.error();
    EXPECT_EQ(suites->all, suites->psk);
    EXPECT_EQ(suites->certificate, "");
    EXPECT_EQ(read({"ECDHE-ECDSA-AES128-CCM8"}, false).error(),
              "every cipher suite given needs a certificate, and there is none");
}

TEST(Suites, TakeEveryOneThatDevicesHave) {
    for (const char* name :
         {"PSK-AES128-CCM8", "PSK-AES128-CCM", "PSK-AES128-CBC-SHA256", "PSK-AES128-GCM-SHA256",
          "ECDHE-ECDSA-AES128-CCM8", "ECDHE-ECDSA-AES128-CCM", "ECDHE-ECDSA-AES128-SHA256",
          "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"})
        EXPECT_TRUE(read({name}, true)) << name;
}

TEST(Suites, RefuseWhatIsNoneOrIsWeak) {
    for (const char* name :
         {"", "ALL", "PSK", "PSK-AES128-CCM8:ALL", "ECDHE-RSA-AES128-GCM-SHA256", "AES128-SHA",
          "DHE-PSK-AES128-CBC-SHA256", "TLS_AES_128_GCM_SHA256", "PSK-NULL-SHA256",
          "ECDHE-ECDSA-NULL-SHA", "ECDHE-PSK-NULL-SHA256", "AECDH-AES128-SHA"})
        EXPECT_FALSE(read({"PSK-AES128-CCM8", name}, true)) << name;
    EXPECT_FALSE(read({}, true));
    EXPECT_THAT(read({"PSK-NULL-SHA256"}, true).error(), ::testing::HasSubstr("too weak"));
}

}  // namespace
}  // namespace dtls::testing
