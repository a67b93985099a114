#include "server/bootstrap/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/catalog_lookup.h"
#include "tests/support/sample.h"

namespace bootstrap {
namespace {

using testing::HasSubstr;

// "keys" has a PSK, "open" may be served unsecured.
class AdmissionTest : public testing::Test {
  protected:
    AdmissionTest() {
        provisioning::Profile with_pack = support::sample_profile();
        with_pack.name = "packs";
        with_pack.pack = true;
        provisioning::Device modern = support::sample_device("modern", true);
        modern.profile = "packs";
        provisioning::Device open = support::sample_device("open-modern", false);
        open.profile = "packs";
        catalog_ =
            provisioning::Catalog::from({support::sample_profile(), with_pack},
                                        {support::sample_device("keys", true),
                                         support::sample_device("open", false), modern, open},
                                        problems_);
    }
    void SetUp() override { ASSERT_TRUE(catalog_) << problems_.size(); }

    std::variant<Admitted, Refused> secured(const std::string& identity,
                                            std::optional<std::string> endpoint) {
        return support::admit(request(endpoint), {true, {identity.begin(), identity.end()}},
                              *catalog_);
    }
    std::variant<Admitted, Refused> unsecured(std::optional<std::string> endpoint) {
        return support::admit(request(endpoint), {false, {}}, *catalog_);
    }
    std::variant<Admitted, Refused> pack(const std::string& identity,
                                         std::optional<std::string> endpoint) {
        BootstrapRequest made = request(endpoint);
        made.is_pack = true;
        const bool secured = !identity.empty();
        return support::admit(made, {secured, {identity.begin(), identity.end()}}, *catalog_);
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
        EXPECT_FALSE(refused->falls_back);
    }
    static void expect_no_pack(const std::variant<Admitted, Refused>& verdict,
                               const std::string& reason) {
        const auto* refused = std::get_if<Refused>(&verdict);
        ASSERT_TRUE(refused);
        EXPECT_EQ(refused->code, coap::Code::not_implemented);
        EXPECT_THAT(refused->reason, HasSubstr(reason));
        EXPECT_TRUE(refused->falls_back);
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

TEST_F(AdmissionTest, AsksForTheIdentityThatWasProvedElseForTheEndpoint) {
    const auto by_identity = wanted_device(request("open"), {true, {'i', '\0', 'd'}});
    EXPECT_EQ(std::get<DeviceQuery>(by_identity),
              (DeviceQuery{DeviceQuery::By::psk_identity, std::string("i\0d", 3)}));
    const auto by_endpoint = wanted_device(request("open"), {});
    EXPECT_EQ(std::get<DeviceQuery>(by_endpoint), (DeviceQuery{DeviceQuery::By::endpoint, "open"}));
    EXPECT_TRUE(std::holds_alternative<Refused>(wanted_device(request({}), {})));
}

TEST_F(AdmissionTest, RefusesADeviceWhoseFileIsGone) {
    FoundDevice found{*catalog_->find_by_endpoint("keys"), true};
    expect_refused(admit(request("keys"), {true, {'i'}}, found),
                   "\"keys\" is disabled: no file declares it");
    found.assignment = *catalog_->find_by_endpoint("open");
    expect_refused(admit(request("open"), {}, found), "is disabled");
}

TEST_F(AdmissionTest, RefusesADeviceWhoseProfileIsGone) {
    const FoundDevice found{{catalog_->find_by_endpoint("open")->device, nullptr}, false};
    expect_refused(admit(request("open"), {}, found), "has no profile");
}

// ---- public keys ----

class PublicKeyAdmission : public AdmissionTest {
  protected:
    using Trust = FoundDevice::Trust;

    PublicKeyAdmission() {
        shown_.key.fill(0xAB);
        shown_.certificate.emplace().fill(0xCD);
        shown_.endpoint = "keys";
        shown_.verified = true;
    }
    std::variant<Admitted, Refused> asks(std::optional<std::string> endpoint, Trust trust) {
        FoundDevice found{*catalog_->find_by_endpoint("keys"), false};
        found.trust = trust;
        return admit(request(endpoint), {true, {}, shown_}, found);
    }

    PublicKeyIdentity shown_;
};

TEST_F(PublicKeyAdmission, AsksForWhoHasThePublicKey) {
    const auto wanted = wanted_device(request("open"), {true, {}, shown_});
    const auto& query = std::get<DeviceQuery>(wanted);
    EXPECT_EQ(query.by, DeviceQuery::By::public_key);
    EXPECT_EQ(query.public_key, shown_);
}

TEST_F(PublicKeyAdmission, AdmitsWhoIsKnownByItWithOrWithoutItsName) {
    for (const Trust trust : {Trust::ca, Trust::pinned_certificate, Trust::pinned_key}) {
        EXPECT_EQ(admitted(asks("keys", trust)), "keys");
        EXPECT_EQ(admitted(asks({}, trust)), "keys");
    }
}

TEST_F(PublicKeyAdmission, RefusesAnotherName) {
    expect_refused(asks("open", Trust::pinned_key), "the certificate sha256:cdcd");
    expect_refused(asks("open", Trust::ca), "belongs to \"keys\", the request says \"open\"");
}

TEST_F(PublicKeyAdmission, RefusesWhoIsNotTrusted) {
    shown_.why_not = "unable to get local issuer certificate";
    shown_.verified = false;
    expect_refused(asks("keys", Trust::none), "unable to get local issuer certificate");
    expect_refused(asks("keys", Trust::ca), "is none that the device \"keys\" is known by");
    EXPECT_EQ(admitted(asks("keys", Trust::pinned_certificate)), "keys");
}

TEST_F(PublicKeyAdmission, TakesAnAuthoritysWordForItsOwnNameAlone) {
    shown_.endpoint = "open";
    expect_refused(asks("keys", Trust::ca), "is none that the device");
    EXPECT_EQ(admitted(asks("keys", Trust::pinned_certificate)), "keys");
}

TEST_F(PublicKeyAdmission, ARawPublicKeyIsNoCertificate) {
    shown_.certificate.reset();
    expect_refused(asks("keys", Trust::ca), "the raw public key sha256:abab");
    expect_refused(asks("keys", Trust::pinned_certificate), "the raw public key");
    EXPECT_EQ(admitted(asks("keys", Trust::pinned_key)), "keys");
}

TEST_F(PublicKeyAdmission, TellsWhoNobodyIs) {
    shown_.verified = false;
    shown_.why_not = "certificate has expired";
    expect_refused(admit(request("keys"), {true, {}, shown_}, UnknownDevice{}),
                   ", which names \"keys\" (certificate has expired)");
}

// ---- packs ----

TEST_F(AdmissionTest, GivesNoPackWhereKeysAreMadeForEachDevice) {
    const provisioning::Assignment known = *catalog_->find_by_endpoint("modern");
    auto profile = std::make_shared<provisioning::Profile>(*known.profile);
    profile->wanted.secrets["key"] = {};
    BootstrapRequest asked = request("modern");
    asked.is_pack = true;
    const auto identity = wire::as_bytes("id-modern");
    expect_no_pack(admit(asked, {true, {identity.begin(), identity.end()}},
                         FoundDevice{{known.device, profile}, false}),
                   "has keys made for each device");
}

TEST_F(AdmissionTest, GivesAPackWhereTheProfileDoes) {
    EXPECT_EQ(admitted(pack("id-modern", "modern")), "modern");
    EXPECT_EQ(admitted(pack("id-modern", {})), "modern");
}

TEST_F(AdmissionTest, APackThatTheProfileDoesNotGiveIsNotImplemented) {
    expect_no_pack(pack("id-keys", "keys"), "the profile meter gives no Bootstrap-Pack");
}

TEST_F(AdmissionTest, NeverSendsAPackUnsecured) {
    EXPECT_EQ(admitted(unsecured("open-modern")), "open-modern");
    expect_no_pack(pack("", "open-modern"), "not sent unsecured");
}

TEST_F(AdmissionTest, WhoIsNotServedGetsNoPackEither) {
    expect_refused(pack("id-modern", "keys"), "belongs to \"modern\"");
    expect_refused(pack("id-gone", "keys"), "\"id-gone\"");
    expect_refused(pack("", "nobody"), "no device is called \"nobody\"");
}

}  // namespace
}  // namespace bootstrap
