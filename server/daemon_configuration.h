#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/settings.h"
#include "provisioning/catalog.h"
#include "server/bootstrap/directory.h"
#include "server/http/listener.h"
#include "server/journal/journal.h"
#include "server/net/shards.h"

// From the settings file to what each part of the daemon wants to be told.
namespace bootstrapd {

struct Configuration {
    config::Settings settings;
    std::shared_ptr<const provisioning::Catalog> catalog;
};

// Reads the settings, the Object definitions, the profiles and the devices. Nothing when there is a
// problem; all problems are told. Takes its time with large folders: not for the control thread.
std::optional<Configuration> load_configuration(const std::filesystem::path& file,
                                                document::Problems& problems);

net::Settings net_settings(const config::Settings&);
net::Limits net_limits(const config::Settings&);
http::Settings http_settings(const config::Settings&);
bootstrap::DirectorySettings directory_settings(const config::Settings&);
journal::Level log_level(const config::Settings&);
journal::Format log_format(const config::Settings&);

// Where in the settings the address or path stands that a start-up error speaks of
// ("/listen/coap/0"); empty when it speaks of none.
std::string pointer_of(std::string_view error, const config::Settings&);

}  // namespace bootstrapd
