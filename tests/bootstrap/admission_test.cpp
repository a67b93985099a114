#include "server/bootstrap/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/sample.h"

namespace bootstrap {
namespace {

using testing::HasSubstr;

// "keys" has a PSK, "open" may be served unsecured.
class AdmissionTest : public testing::Test {
  protected:
    AdmissionTest() {
        catalog_ = provisioning::Catalog::from(
            {support::sample_profile()},
            {support::sample_device("keys", true), support::sample_device("open", false)},
            problems_);
    }
    void SetUp() override { ASSERT_TRUE(catalog_) << problems_.size(); }

    std::variant<Admitted, Refused> secured(const std::string& identity,
                                            std::optional<std::string> endpoint) {
        return admit(request(endpoint), {true, {identity.begin(), identity.end()}}, *catalog_);
    }
    std::variant<Admitted, Refused> unsecured(std::optional<std::string> endpoint) {
        return admit(request(endpoint), {false, {}}, *catalog_);
    }
    static BootstrapRequest request(const std::optional<std::string>& endpoint) {
        BootstrapRequest made;
        if (endpoint) made.endpoint = model::EndpointName::from(*endpoint);
        return made;
    }
    static std::string admitted(const std::variant<Admitted, Refused>& verdict) {
        const auto* well = std::get_if<Admitted>(&verdict);
        return well ? well->assignment.device->endpoint.text() : "refused";
    }
    static void expect_refused(const std::variant<Admitted, Refused>& verdict,
                               const std::string& reason) {
        const auto* refused = std::get_if<Refused>(&verdict);
        ASSERT_TRUE(refused);
        EXPECT_EQ(refused->code, coap::Code::bad_request);
        EXPECT_THAT(refused->reason, HasSubstr(reason));
    }

    document::Problems problems_;
    std::shared_ptr<const provisioning::Catalog> catalog_;
};

TEST_F(AdmissionTest, ServesTheDeviceThatTheIdentityBelongsTo) {
    EXPECT_EQ(admitted(secured("id-keys", "keys")), "keys");
}

TEST_F(AdmissionTest, TakesTheEndpointFromTheIdentityWhenTheRequestNamesNone) {
    EXPECT_EQ(admitted(secured("id-keys", {})), "keys");
}

TEST_F(AdmissionTest, RefusesAnEndpointOfAnotherIdentity) {
    expect_refused(secured("id-keys", "open"), "belongs to \"keys\"");
    expect_refused(secured("id-keys", "unknown"), "belongs to \"keys\"");
}

TEST_F(AdmissionTest, RefusesAnIdentityThatIsNotKnownAnyMore) {
    expect_refused(secured("id-gone", "keys"), "\"id-gone\"");
}

TEST_F(AdmissionTest, ShowsAnIdentityThatIsNoTextInHex) {
    expect_refused(secured(std::string("a\n\0", 3), {}), "0x610a00");
}

TEST_F(AdmissionTest, ServesADeviceUnsecuredWhereItsRecordSaysSo) {
    EXPECT_EQ(admitted(unsecured("open")), "open");
}

TEST_F(AdmissionTest, NeverServesADeviceWithKeysUnsecured) {
    expect_refused(unsecured("keys"), "may not be served unsecured");
}

TEST_F(AdmissionTest, RefusesAnUnsecuredRequestThatNamesNobodyKnown) {
    expect_refused(unsecured("nobody"), "no device is called \"nobody\"");
    expect_refused(unsecured({}), "names no endpoint");
}

}  // namespace
}  // namespace bootstrap
