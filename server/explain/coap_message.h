#pragma once

#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "provisioning/model/definitions.h"
#include "provisioning/model/path.h"
#include "server/explain/values.h"
#include "server/wire/bytes.h"

// Any octets as a CoAP message, RFC 7252 §3, told in words; of a malformed one what could be read,
// and where it goes wrong.
namespace explain {

// See coap_message.cpp. `path` is what its payload is about where the message does not say, as in
// a response.
nlohmann::ordered_json message_json(wire::BytesView octets, const std::optional<model::Path>& path,
                                    const model::Definitions&, Secrets);

// The same for people.
std::string message_text(const nlohmann::ordered_json&);

}  // namespace explain
