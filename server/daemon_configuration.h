#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "provisioning/load.h"
#include "provisioning/store/sqlite.h"
#include "server/bootstrap/directory.h"
#include "server/coap/transmission.h"
#include "server/daemon_attach.h"
#include "server/daemon_credentials.h"
#include "server/daemon_outfit.h"
#include "server/daemon_profiles.h"
#include "server/http/listener.h"
#include "server/journal/journal.h"
#include "server/net/shards.h"

// From the settings file to what each part of the daemon wants to be told.
namespace bootstrapd {

struct Configuration {
    config::Settings settings;
    provisioning::Declared declared;  // its profiles are fitted to the settings
    Outfit outfit;
    Credentials credentials;
};

// Reads the settings, the secrets that they name, the Object definitions, the profiles and the
// devices. Nothing when there is a problem; all problems are told. Takes its time with large
// folders: not for the control thread.
std::optional<Configuration> load_configuration(const std::filesystem::path& file,
                                                document::Problems& problems);

// What a reload puts in force.
struct Reloaded {
    config::Settings settings;
    Outfit outfit;
    Credentials credentials;
    Profiles::Pointer profiles;
    Profiles::Pointer based_on;  // those in force when it began
    store::Store::Seeded seeded;
    std::vector<std::string> missing_profiles;
};
// The same for a daemon that runs: devices are in the store when it returns. Nothing, and nothing
// changed, when there is a problem; a change that needs a restart is one. Waits for the store.
std::optional<Reloaded> load_again(const std::filesystem::path& file,
                                   const config::Settings& running, const Profiles::Pointer&,
                                   store::Store&, document::Problems& problems);

// The fleet's rules name profiles that there are.
void check_fleet(const provisioning::Fleet&, const provisioning::ProfileSet&, std::string_view file,
                 document::Problems& problems);

coap::Transmission transmission_of(const config::Settings&);
std::string in_seconds(double value);
net::Settings net_settings(const config::Settings&, const Credentials&);
net::Limits net_limits(const config::Settings&);
http::Settings http_settings(const config::Settings&);
// Of "metrics": http::Probes answers there.
http::Settings probe_settings(const config::Settings&);
store::SqliteOptions store_options(const config::Settings&);  // without the keys
AttachDesk::Settings attach_settings(const config::Settings&);
std::vector<wire::SocketAddress> radius_addresses(const config::Settings&);
bootstrap::DirectorySettings directory_settings(const config::Settings&);
journal::Level log_level(const config::Settings&);
journal::Format log_format(const config::Settings&);

// Where in the settings the address or path stands that a start-up error speaks of
// ("/listen/coap/0"); empty when it speaks of none.
std::string pointer_of(std::string_view error, const config::Settings&);

}  // namespace bootstrapd
