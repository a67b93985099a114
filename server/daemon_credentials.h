#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "provisioning/fleet.h"
#include "server/dtls/dtls.h"

namespace bootstrapd {

// Something that ends by itself.
struct Expiring {
    enum class Kind { certificate, authority, revocation_list, api } kind = Kind::certificate;
    std::string name;            // the subject's, a list's issuer's
    std::string pointer;         // in the settings
    std::int64_t not_after = 0;  // seconds since 1970
};
std::string_view to_string(Expiring::Kind);

// How devices and the daemon prove who they are, with what the settings' files hold.
struct Credentials {
    std::vector<dtls::Certificate> certificates;  // a raw public key too
    dtls::PeerVerification peers;
    std::vector<Expiring> expiring;
    std::shared_ptr<const provisioning::Fleet> fleet =
        std::make_shared<const provisioning::Fleet>();
};

// Nothing when there is a problem; all problems are told, `file` being the settings'. One of our
// certificates that is not valid at `now` (seconds since 1970), or does not go with its key, is a
// problem. OpenSSL is asked whether it can do all of it.
std::optional<Credentials> load_credentials(const config::Settings&, std::string_view file,
                                            std::int64_t now, document::Problems& problems);

dtls::Settings dtls_settings(const config::Settings&, const Credentials&);

}  // namespace bootstrapd
