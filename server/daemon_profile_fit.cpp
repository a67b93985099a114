#include "server/daemon_profile_fit.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "server/daemon_configuration.h"

namespace bootstrapd {
namespace {

using provisioning::BootstrapAccount;
using provisioning::Profile;

class Fitting {
  public:
    Fitting(const config::Settings& settings, Profile& profile, document::Problems& problems)
        : settings_(settings), profile_(profile), problems_(problems) {}

    void times();
    void servers();
    void key_shares();
    void account();

  private:
    void problem(std::string pointer, std::string what, std::string remedy) {
        problems_.push_back(
            {profile_.file, std::move(pointer), std::move(what), std::move(remedy)});
    }

    const config::Settings& settings_;
    Profile& profile_;
    document::Problems& problems_;
};

void Fitting::servers() {
    const auto& servers = settings_.outbound.servers;
    const auto is_that = [&](const config::LwM2mServer& server) {
        return server.name == profile_.through->server;
    };
    if (profile_.through && std::none_of(servers.begin(), servers.end(), is_that))
        problem(profile_.pointer + "/reach/lwm2mServer",
                "there is no server \"" + profile_.through->server + "\" in the settings",
                "add it to \"lwm2mServers\" there, or correct the name");
}

// An operation starts only where the device cannot expire before its last retransmission has
// arrived; where that leaves no time at all no session could get beyond its first operation.
void Fitting::times() {
    const auto transmission = transmission_of(settings_);
    const double least =
        std::chrono::duration<double>(transmission.max_transmit_span() + transmission.max_latency)
            .count();
    if (profile_.device_exchange_lifetime > least) return;
    problem(profile_.pointer + "/deviceExchangeLifetime",
            "leaves no time for an operation with the settings' transmission: "
            "MAX_TRANSMIT_SPAN and MAX_LATENCY together are " +
                in_seconds(least) + " seconds",
            "write the device's own EXCHANGE_LIFETIME, above " + in_seconds(least) +
                ", or lower ackTimeout, maxRetransmit or maxLatency");
}

void Fitting::key_shares() {
    const auto& targets = settings_.outbound.key_shares;
    for (provisioning::KeyShare& share : profile_.wanted.shares) {
        const auto is_that = [&](const config::KeyShare& target) {
            return target.name == share.target;
        };
        if (share.target.empty() && targets.size() == 1) share.target = targets.front().name;
        if (share.target.empty())
            problem(profile_.pointer,
                    "has a secret for the server " + std::to_string(share.short_server_id) +
                        " that nobody is told of",
                    targets.empty() ? "add whom to tell to \"keyShares\" of the settings"
                                    : "name one of the settings' \"keyShares\" in \"keyShare\"");
        else if (std::none_of(targets.begin(), targets.end(), is_that))
            problem(profile_.pointer,
                    "there is no key share \"" + share.target + "\" in the settings",
                    "add it to \"keyShares\" there, or correct the name in \"keyShare\"");
    }
}

void Fitting::account() {
    BootstrapAccount& account = profile_.account;
    if (account.keys != BootstrapAccount::Keys::replace || !account.uri.empty()) return;
    if (settings_.listen.public_uri.empty())
        problem(account.pointer,
                "writes an account with this server, whose URI the settings do not tell",
                "write what devices know it by into /listen/publicUri of the settings");
    account.uri = settings_.listen.public_uri;
}

}  // namespace

std::shared_ptr<const Profile> fitted(const config::Settings& settings, Profile profile,
                                      document::Problems& problems) {
    Fitting fitting(settings, profile, problems);
    fitting.servers();
    fitting.times();
    fitting.key_shares();
    fitting.account();
    return std::make_shared<const Profile>(std::move(profile));
}

}  // namespace bootstrapd
