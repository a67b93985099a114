#pragma once

#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "provisioning/model/content_format.h"
#include "provisioning/model/definitions.h"
#include "provisioning/model/path.h"
#include "server/explain/values.h"
#include "server/wire/bytes.h"

// Any payload of the Bootstrap interface, taken apart and told in words.
namespace explain {

// {"contentFormat", "contentFormatName", "path", "size"} and one of
//   "values": rows of values.h                     of Resources
//   "enabler", "links": [{"path", "ssid", "uri", "ver"}]   of an answer to Discover
//   "text"                                         of plain text at no path
//   "error": what is wrong with it
//   "note": why it is not decoded, although nothing need be wrong with it
// Without a path the formats that name their values themselves are read as of "/".
nlohmann::ordered_json payload_json(model::ContentFormat, const std::optional<model::Path>&,
                                    wire::BytesView payload, const model::Definitions&, Secrets);

// The same for people.
std::string payload_text(const nlohmann::ordered_json&);

}  // namespace explain
