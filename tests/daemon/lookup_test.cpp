#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "server/daemon_lookup.h"
#include "tests/http/fake_store.h"

namespace {

using bootstrap::DeviceQuery;
using bootstrap::FoundDevice;
using bootstrap::LookedUp;
using bootstrap::PublicKeyIdentity;
using bootstrapd::DeviceFinder;
using bootstrapd::Profiles;
using provisioning::AccountKey;
using provisioning::Device;
using provisioning::Fleet;
using Trust = FoundDevice::Trust;

class DaemonLookup : public testing::Test {
  protected:
    DaemonLookup() {
        profiles.set(std::make_shared<provisioning::ProfileSet>(
            std::make_shared<model::Definitions>(model::Definitions::built_in())));
    }

    static Device device(const std::string& endpoint) {
        return {*model::EndpointName::from(endpoint), "", "", "meter", {}, {}, {}, {}};
    }
    static provisioning::PskCredential psk(const std::string& identity, std::uint8_t octet) {
        return {wire::Bytes(identity.begin(), identity.end()),
                model::Secret(wire::Bytes(16, octet))};
    }
    std::shared_ptr<store::DeviceRecord> keep(Device made) {
        auto record = std::make_shared<store::DeviceRecord>(store::DeviceRecord{std::move(made)});
        kept.devices[record->device.endpoint.text()] = record;
        return record;
    }
    void use(std::vector<Fleet::Psk> of_psk, std::vector<Fleet::Rule> rules) {
        finder.set(std::make_shared<const Fleet>(std::move(of_psk), std::move(rules)));
    }
    std::optional<FoundDevice> find(const DeviceQuery& query) {
        std::optional<bootstrap::DeviceAnswer> answer;
        finder.find(query, [&](bootstrap::DeviceAnswer what) { answer = std::move(what); });
        EXPECT_TRUE(answer) << "not answered";
        unavailable = answer && std::holds_alternative<bootstrap::Unavailable>(*answer);
        const auto* const looked_up = answer ? std::get_if<LookedUp>(&*answer) : nullptr;
        const auto* const found = looked_up ? std::get_if<FoundDevice>(looked_up) : nullptr;
        return found ? std::optional(*found) : std::nullopt;
    }
    std::optional<FoundDevice> by_identity(const std::string& identity) {
        return find({DeviceQuery::By::psk_identity, identity});
    }
    std::optional<FoundDevice> by_endpoint(const std::string& endpoint) {
        return find({DeviceQuery::By::endpoint, endpoint});
    }
    static PublicKeyIdentity certificate(const std::string& endpoint, bool verified) {
        PublicKeyIdentity identity;
        identity.key.fill(1);
        identity.certificate.emplace();
        identity.certificate->fill(2);
        identity.endpoint = endpoint;
        identity.issuer = "CN=Factory CA";
        identity.verified = verified;
        return identity;
    }
    std::optional<FoundDevice> by_key(const PublicKeyIdentity& identity) {
        return find({DeviceQuery::By::public_key, "", identity});
    }
    static std::string endpoint_of(const std::optional<FoundDevice>& found) {
        return found ? found->assignment.device->endpoint.text() : "-";
    }

    FakeStore kept;
    Profiles profiles{kept, [](std::function<void()> what) { what(); }};
    DeviceFinder finder{kept, profiles};
    bool unavailable = false;
};

TEST_F(DaemonLookup, GivesTheKeyOfTheRecord) {
    Device made = device("meter-1");
    made.credentials.psk = psk("meter-1", 7);
    keep(made);
    const auto found = by_identity("meter-1");
    ASSERT_TRUE(found);
    ASSERT_TRUE(found->psk_key);
    EXPECT_TRUE(found->psk_key->equals(model::Secret(wire::Bytes(16, 7))));
    EXPECT_TRUE(found->to_dial.empty());
    EXPECT_FALSE(found->account_expired);
    EXPECT_FALSE(by_identity("meter-2"));
    EXPECT_FALSE(unavailable);
}

TEST_F(DaemonLookup, GivesTheKeysOfTheAccountWhereTheyWereReplaced) {
    Device made = device("meter-1");
    made.credentials.psk = psk("own", 1);
    AccountKey pending;
    pending.state = AccountKey::State::pending;
    pending.psk = psk("new", 9);
    pending.generated = true;
    auto record = keep(made);
    record->state.keyring = provisioning::Keyring({pending});
    record->state.account_expires = store::WallTime{};
    const auto found = by_identity("new");
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->psk_key->equals(model::Secret(wire::Bytes(16, 9))));
    ASSERT_EQ(found->to_dial.size(), 2U);
    EXPECT_EQ(wire::as_text(found->to_dial[0].identity), "new");
    EXPECT_TRUE(found->account_expired);
    // The one before is honoured too.
    ASSERT_TRUE(by_identity("own"));
    EXPECT_TRUE(by_identity("own")->psk_key->equals(model::Secret(wire::Bytes(16, 1))));
}

TEST_F(DaemonLookup, KnowsNobodyByAKeyWhoseTimeIsOver) {
    Device made = device("meter-1");
    made.credentials.psk = psk("own", 1);
    AccountKey current;
    current.psk = psk("new", 2);
    current.generated = true;
    AccountKey retired;
    retired.state = AccountKey::State::retired;
    retired.psk = psk("old", 3);
    retired.generated = true;
    retired.until = store::WallTime{};
    keep(made)->state.keyring = provisioning::Keyring({current, retired});
    EXPECT_TRUE(by_identity("new"));
    EXPECT_FALSE(by_identity("old"));
    EXPECT_FALSE(unavailable);
}

TEST_F(DaemonLookup, SaysWhenTheStoreCannotTell) {
    kept.error = store::Error{store::Errc::busy, "busy"};
    EXPECT_FALSE(by_identity("meter-1"));
    EXPECT_TRUE(unavailable);
    EXPECT_FALSE(by_key(certificate("meter-1", true)));
    EXPECT_TRUE(unavailable);
}

TEST_F(DaemonLookup, TakesAVerifiedCertificateOnlyWhereTheRecordSaysSo) {
    Device made = device("meter-1");
    made.credentials.psk = psk("own", 1);
    keep(made);
    EXPECT_FALSE(by_key(certificate("meter-1", true)));
    made.credentials.x509 = provisioning::X509Credential{false, {{}}, {}};
    keep(made);
    EXPECT_FALSE(by_key(certificate("meter-1", true)));
    made.credentials.x509->ca = true;
    keep(made);
    const auto found = by_key(certificate("meter-1", true));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->trust, Trust::ca);
    EXPECT_FALSE(by_key(certificate("meter-1", false)));
    EXPECT_FALSE(by_key(certificate("", true)));
    // A raw public key names nobody.
    PublicKeyIdentity raw = certificate("meter-1", true);
    raw.certificate.reset();
    EXPECT_FALSE(by_key(raw));
}

TEST_F(DaemonLookup, TakesWhatIsPinnedBeforeWhatIsVerified) {
    const PublicKeyIdentity shown = certificate("meter-2", true);
    Device by_certificate = device("meter-1");
    by_certificate.credentials.x509 = provisioning::X509Credential{false, {*shown.certificate}, {}};
    Device by_public_key = device("meter-3");
    by_public_key.credentials.x509 = provisioning::X509Credential{false, {}, {shown.key}};
    Device by_name = device("meter-2");
    by_name.credentials.x509 = provisioning::X509Credential{true, {}, {}};
    for (const Device& each : {by_certificate, by_name, by_public_key}) keep(each);
    const auto found = by_key(shown);
    EXPECT_EQ(endpoint_of(found), "meter-1");
    EXPECT_EQ(found->trust, Trust::pinned_certificate);
    PublicKeyIdentity other = shown;
    other.certificate->fill(9);
    const auto by_its_key = by_key(other);
    EXPECT_EQ(endpoint_of(by_its_key), "meter-3");
    EXPECT_EQ(by_its_key->trust, Trust::pinned_key);
    other.certificate.reset();
    EXPECT_EQ(endpoint_of(by_key(other)), "meter-3");
}

TEST_F(DaemonLookup, AsksTheFleetsRulesOnlyWhereThereIsNoRecord) {
    const model::Secret master(wire::Bytes(32, 5));
    use({{master, "meter", "urn:*"}},
        {{"*", "CN=Factory CA", "meter", Fleet::Rule::Credentials::x509},
         {"lab-*", "", "lab", Fleet::Rule::Credentials::nosec}});
    const auto found = by_identity("urn:1");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->assignment.device->profile, "meter");
    EXPECT_TRUE(found->assignment.device->credentials.psk);
    EXPECT_EQ(endpoint_of(by_endpoint("lab-1")), "lab-1");
    EXPECT_FALSE(by_endpoint("x"));
    const auto certified = by_key(certificate("any", true));
    ASSERT_TRUE(certified);
    EXPECT_EQ(certified->trust, Trust::ca);
    EXPECT_FALSE(by_key(certificate("any", false)));

    // A record under the name, a disabled one too, ends it.
    Device recorded = device("urn:1");
    recorded.credentials.psk = psk("another", 3);
    keep(recorded)->disabled = true;
    EXPECT_FALSE(by_identity("urn:1"));
    keep(device("lab-1"))->disabled = true;
    EXPECT_TRUE(by_endpoint("lab-1")->disabled);
    keep(device("any"));
    EXPECT_FALSE(by_key(certificate("any", true)));
}

}  // namespace
