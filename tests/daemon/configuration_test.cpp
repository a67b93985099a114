#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "server/daemon_configuration.h"
#include "server/daemon_cores.h"

namespace {

using bootstrapd::pointer_of;

config::Settings sample() {
    config::Settings settings;
    settings.listen.coap = {"127.0.0.1:568", "127.0.0.1:5683"};
    settings.listen.coaps = {"[0:0:0:0:0:0:0:1]:5684"};
    settings.http.listen = {"127.0.0.1:8443"};
    settings.http.socket = "/run/control.sock";
    return settings;
}

TEST(DaemonConfiguration, FindsTheAddressThatAnErrorSpeaksOf) {
    const auto settings = sample();
    EXPECT_EQ(pointer_of("cannot bind 127.0.0.1:5683: taken", settings), "/listen/coap/1");
    EXPECT_EQ(pointer_of("127.0.0.1:568 is taken", settings), "/listen/coap/0");
    EXPECT_EQ(pointer_of("cannot bind [::1]:5684", settings), "/listen/coaps/0");
    EXPECT_EQ(pointer_of("127.0.0.1:8443", settings), "/http/listen/0");
    EXPECT_EQ(pointer_of("cannot listen on /run/control.sock: x", settings), "/http/socket");
    EXPECT_EQ(pointer_of("27.0.0.1:5684 and 127.0.0.1:56830", settings), "");
}

TEST(DaemonConfiguration, CarriesTheSettingsToTheParts) {
    using namespace std::chrono_literals;
    config::Settings settings = sample();
    settings.shards = 3;
    settings.session.deadline = 1.5;
    settings.session.attach_window = 7;
    settings.session.settle = 0.25;
    settings.transmission.ack_timeout = 0.5;
    settings.transmission.max_retransmit = 2;
    settings.dtls.cipher_suites = {"PSK-AES128-CCM8"};
    settings.limits.associations = 11;
    settings.limits.sessions = 12;
    settings.limits.session_records = 13;
    const auto net = bootstrapd::net_settings(settings, {});
    EXPECT_EQ(net.shards, 3);
    ASSERT_EQ(net.coap.size(), 2U);
    EXPECT_EQ(net.coap[1].port, 5683);
    EXPECT_EQ(net.coaps[0].to_string(), "[::1]:5684");
    EXPECT_EQ(net.peer.session.deadline, 1500ms);
    EXPECT_EQ(net.peer.session.transmission.ack_timeout, 500ms);
    EXPECT_EQ(net.peer.session.transmission.max_retransmit, 2U);
    EXPECT_EQ(net.dtls.cipher_suites, settings.dtls.cipher_suites);
    EXPECT_EQ(net.limits.associations, 11U);
    const auto directory = bootstrapd::directory_settings(settings);
    EXPECT_EQ(directory.attach_window, 7s);
    EXPECT_EQ(directory.settle, 250ms);
    EXPECT_EQ(directory.max_sessions, 12U);
    EXPECT_EQ(directory.max_records, 13U);
    EXPECT_LE(directory.max_not_admitted_records, directory.max_records);
    EXPECT_TRUE(directory.serves_unsecured);
    EXPECT_TRUE(directory.serves_secured);
}

TEST(DaemonConfiguration, LetsNobodyInOverTheProbesAddressesWhomTheRouterDoesNot) {
    config::Settings settings = sample();
    settings.metrics.listen = {"0.0.0.0:9684"};
    settings.http.max_connections = 7;
    const auto probes = bootstrapd::probe_settings(settings);
    ASSERT_EQ(probes.listen.size(), 1U);
    EXPECT_EQ(probes.listen[0].to_string(), "0.0.0.0:9684");
    EXPECT_TRUE(probes.socket.empty());
    EXPECT_FALSE(probes.tls);
    EXPECT_TRUE(probes.authentication.required);
    EXPECT_TRUE(probes.authentication.tokens.empty());
    EXPECT_EQ(probes.max_connections, 7U);
    EXPECT_EQ(pointer_of("cannot listen on 0.0.0.0:9684: taken", settings), "/metrics/listen/0");
}

TEST(DaemonConfiguration, LeavesTheDefaultCipherSuitesWhereNoneAreNamed) {
    EXPECT_EQ(bootstrapd::net_settings(sample(), {}).dtls.cipher_suites,
              dtls::default_cipher_suites());
}

TEST(DaemonConfiguration, HasNoMoreShardsThanTheControlGroupPaysFor) {
    const std::vector<std::pair<std::string, std::optional<unsigned>>> cases = {
        {"200000 100000", 2U},
        {"150000 100000", 2U},
        {"1000 100000", 1U},
        {"max 100000", {}},
        {"", {}},
        {"100000", {}},
        {"0 100000", {}},
        {"-1 100000", {}},
        {"100000 0", {}},
        {"9999999999 1", {}},
        {"100000  100000", {}},
    };
    for (const auto& [text, wanted] : cases)
        EXPECT_EQ(bootstrapd::cores_of_quota(text), wanted) << text;
    EXPECT_GE(bootstrapd::cores(), 1U);
}

TEST(DaemonConfiguration, HasAShardPerCoreUnlessToldOtherwise) {
    EXPECT_GE(bootstrapd::net_settings(sample(), {}).shards, 1);
}

}  // namespace
