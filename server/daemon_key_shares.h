#pragma once

#include <string>
#include <variant>
#include <vector>

#include "provisioning/device.h"
#include "provisioning/issue.h"
#include "provisioning/profile.h"
#include "server/outbound/key_share_message.h"
#include "server/wire/random.h"

namespace bootstrapd {

// One message that has to be taken before a device gets the secrets in it.
struct KeyShareMessage {
    std::string target;  // of the settings
    std::vector<std::string> secrets;
    outbound::SharedKey key;  // without its time
};

// All of them that have a secret that was not told yet, each with what its plan will write; the
// text is why there can be none, for people, without secrets. Pure.
std::variant<std::vector<KeyShareMessage>, std::string> key_share_messages(
    const provisioning::Profile&, const provisioning::Device&, const provisioning::Issued&,
    const std::string& session, wire::Random&);

}  // namespace bootstrapd
