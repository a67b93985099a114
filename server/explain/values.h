#pragma once

#include <functional>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "provisioning/model/definitions.h"
#include "provisioning/model/path.h"
#include "provisioning/model/value.h"
#include "server/lwm2m/payload.h"

namespace explain {

// What a Resource is called by; null: it is not known.
using DefinitionOf =
    std::function<const model::ResourceDefinition*(model::ObjectId, model::ResourceId)>;

// Whether a Secret, or a Resource that its definition calls sensitive, is shown.
enum class Secrets : bool { masked, shown };

// One row for each value: {"path": "/0/1/0", "name": "LwM2M Server URI", "type": "String",
// "value": …}; the name only where the Resource is known. Octets are hexadecimal, with "text"
// beside them where they read as one; a masked value is "(16 octets, secret)" with "secret": true.
nlohmann::ordered_json values_of(const model::Path&, const lwm2m::Content&, const DefinitionOf&,
                                 Secrets);

}  // namespace explain
