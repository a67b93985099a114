#pragma once

#include <optional>
#include <string_view>

#include "provisioning/model/objects.h"

namespace provisioning {

enum class UriErrc {
    unknown_scheme,
    secure_scheme_without_security,  // coaps with NoSec
    plain_scheme_with_security,      // coap with keys
    no_host,
    bad_port,
    bad_character,
    too_long,
};
std::string_view message(UriErrc);
std::string_view remedy(UriErrc);

// What is wrong with a Server URI (/0/x/0) for a Security Mode, RFC 7252 §6.1 and §6.2, RFC 8323
// §8; nothing: it will do.
std::optional<UriErrc> check_server_uri(std::string_view uri, model::security::Mode mode);
// The same where the rest of the URI comes from a template: of the text before the first
// placeholder only the scheme is looked at, once it is complete.
std::optional<UriErrc> check_server_uri_scheme(std::string_view beginning,
                                               model::security::Mode mode);

}  // namespace provisioning
