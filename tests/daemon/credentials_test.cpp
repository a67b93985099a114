#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/daemon_credentials.h"
#include "server/daemon_expiry.h"
#include "tests/crypto/made_certificate.h"

namespace {

using bootstrapd::Credentials;
using bootstrapd::Expiring;
using testing::HasSubstr;

constexpr std::int64_t now = 1'800'000'000;

class DaemonCredentials : public testing::Test {
  protected:
    DaemonCredentials() {
        std::string name = (std::filesystem::temp_directory_path() / "credentials-XXXXXX").string();
        folder = ::mkdtemp(name.data());
    }
    ~DaemonCredentials() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }
    std::filesystem::path write(const std::string& name, const std::string& text) const {
        const auto file = folder / name;
        std::ofstream(file) << text;
        ::chmod(file.c_str(), 0600);
        return file;
    }
    // Both files of a certificate of ours.
    void use(const MadeCertificate& made) {
        settings.dtls.certificates.push_back(
            {write("server.pem", pem_of("CERTIFICATE", made.der)),
             write("server.key", pem_of("PRIVATE KEY", made.key.reveal())),
             {"bs.example.com"},
             {"127.0.0.1:5684"}});
    }
    std::optional<Credentials> load() {
        problems.clear();
        return bootstrapd::load_credentials(settings, "s.json", now, problems);
    }
    // The only problem that there is.
    document::Problem problem() {
        EXPECT_FALSE(load());
        EXPECT_EQ(problems.size(), 1U);
        return problems.empty() ? document::Problem{} : problems.front();
    }

    std::filesystem::path folder;
    config::Settings settings;
    document::Problems problems;
};

TEST_F(DaemonCredentials, AreNoneUnlessTheSettingsNameThem) {
    const auto read = load();
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->certificates.empty());
    EXPECT_TRUE(read->expiring.empty());
    EXPECT_TRUE(read->fleet->empty());
}

TEST_F(DaemonCredentials, AreReadFromTheirFiles) {
    const MadeCertificate authority =
        make_certificate({.common_name = "Devices CA", .is_authority = true});
    use(make_certificate({.common_name = "bs.example.com"}));
    settings.dtls.clients.authorities = {write("ca.pem", pem_of("CERTIFICATE", authority.der))};
    settings.dtls.clients.endpoint = config::Dtls::Clients::Endpoint::uri;
    settings.fleet.psk.push_back({write("fleet.key", std::string(32, 'k')), "meter", "urn:*"});
    const auto read = load();
    ASSERT_TRUE(read) << (problems.empty() ? "" : to_string(problems[0]));
    ASSERT_EQ(read->certificates.size(), 1U);
    EXPECT_EQ(read->certificates[0].chain.size(), 1U);
    EXPECT_EQ(read->certificates[0].listeners.size(), 1U);
    EXPECT_EQ(read->peers.authorities.size(), 1U);
    EXPECT_EQ(read->peers.name, dtls::PeerVerification::Name::uri);
    EXPECT_TRUE(read->fleet->by_endpoint("urn:1"));
    ASSERT_EQ(read->expiring.size(), 2U);
    EXPECT_EQ(read->expiring[0].pointer, "/dtls/certificates/0/certificate");
    EXPECT_THAT(read->expiring[0].name, HasSubstr("bs.example.com"));
    EXPECT_EQ(read->expiring[1].kind, Expiring::Kind::authority);
    const auto out = bootstrapd::dtls_settings(settings, *read);
    EXPECT_EQ(out.certificates.size(), 1U);
    EXPECT_EQ(out.cipher_suites, dtls::default_cipher_suites());
}

TEST_F(DaemonCredentials, MakeSuitesCountThatNeedACertificate) {
    settings.dtls.cipher_suites = {"ECDHE-ECDSA-AES128-CCM8"};
    EXPECT_EQ(problem().pointer, "/dtls/cipherSuites");
    use(make_certificate({.common_name = "bs.example.com"}));
    EXPECT_TRUE(load()) << (problems.empty() ? "" : to_string(problems[0]));
    settings.dtls.cipher_suites.emplace_back("ECDHE-NOTHING");
    EXPECT_EQ(problem().pointer, "/dtls/cipherSuites");
}

TEST_F(DaemonCredentials, HaveToGoWithTheirKey) {
    const MadeCertificate one = make_certificate({.common_name = "one"});
    const MadeCertificate other = make_certificate({.common_name = "other"});
    use({one.der, other.key});
    EXPECT_EQ(problem().pointer, "/dtls/certificates/0/key");
    EXPECT_THAT(problems[0].message, HasSubstr("not the key"));
}

TEST_F(DaemonCredentials, HaveToBeValidNow) {
    use(make_certificate({.not_after = now - 1}));
    EXPECT_EQ(problem().pointer, "/dtls/certificates/0/certificate");
    EXPECT_THAT(problems[0].message, HasSubstr("ended on 2027-01-1"));
    settings.dtls.certificates.clear();
    use(make_certificate({.not_before = now + 1}));
    EXPECT_THAT(problem().message, HasSubstr("begins on"));
}

TEST_F(DaemonCredentials, PointAtTheFileThatIsWrong) {
    const MadeCertificate made = make_certificate({});
    use(made);
    settings.dtls.certificates[0].certificate = folder / "nowhere.pem";
    EXPECT_EQ(problem().pointer, "/dtls/certificates/0/certificate");
    settings.dtls.certificates.clear();
    use(made);
    ::chmod((folder / "server.key").c_str(), 0644);
    EXPECT_EQ(problem().pointer, "/dtls/certificates/0/key");
    EXPECT_THAT(problems[0].message, HasSubstr("open to every user"));
    settings.dtls.certificates.clear();
    settings.dtls.clients.authorities = {write("ca.pem", "no PEM")};
    EXPECT_EQ(problem().pointer, "/dtls/clients/ca/0");
    settings.dtls.clients = {};
    settings.fleet.psk.push_back({write("fleet.key", "short"), "meter", "*"});
    EXPECT_EQ(problem().pointer, "/fleet/psk/0/masterKey");
    EXPECT_THAT(problems[0].message, testing::Not(HasSubstr("short\"")));
    settings.fleet = {};
    settings.listen.public_uri = "coaps://";
    EXPECT_EQ(problem().pointer, "/listen/publicUri");
    settings.listen.public_uri.clear();
    settings.dtls.cipher_suites = {"NO-SUCH"};
    EXPECT_EQ(problem().pointer, "/dtls/cipherSuites");
}

TEST_F(DaemonCredentials, SayWhereRawPublicKeysTakeANewerOpenSsl) {
    const MadeCertificate made = make_certificate({});
    settings.dtls.raw_public_key = write("rpk.key", pem_of("PRIVATE KEY", made.key.reveal()));
    if (dtls::has_raw_public_keys()) {
        const auto read = load();
        ASSERT_TRUE(read);
        EXPECT_TRUE(read->certificates.at(0).chain.empty());
        return;
    }
    EXPECT_EQ(problem().pointer, "/dtls/rawPublicKey");
    EXPECT_THAT(problems[0].remedy, HasSubstr("3.2"));
}

// ---- what ends by itself ----

Expiring ends(std::int64_t when) {
    return {Expiring::Kind::certificate, "CN=x", "/dtls/certificates/0/certificate", when};
}

TEST(DaemonExpiry, TellsWhatEndsSoonTheSoonestFirst) {
    const std::vector<Expiring> all = {ends(now + 1000), ends(now - 5), ends(now + 10)};
    const auto soon = bootstrapd::ending(all, now, 1000);
    ASSERT_EQ(soon.size(), 2U);
    EXPECT_EQ(soon[0].not_after, now - 5);
    EXPECT_EQ(soon[1].not_after, now + 10);
    EXPECT_TRUE(bootstrapd::ending({ends(now)}, now, 0).empty());
}

TEST(DaemonExpiry, CountsWholeDays) {
    constexpr std::int64_t day = 86400;
    EXPECT_EQ(bootstrapd::days_left(ends(now), now), 0);
    EXPECT_EQ(bootstrapd::days_left(ends(now + day - 1), now), 0);
    EXPECT_EQ(bootstrapd::days_left(ends(now + day), now), 1);
    EXPECT_EQ(bootstrapd::days_left(ends(now - 1), now), -1);
    EXPECT_EQ(bootstrapd::days_left(ends(now - day), now), -1);
}

}  // namespace
