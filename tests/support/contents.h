#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "provisioning/model/path.h"
#include "provisioning/model/value.h"
#include "server/lwm2m/payload.h"
#include "server/wire/bytes.h"

namespace support {

// The Resources of an Object Instance as TLV would hold their values, in hex, whichever format they
// came in; "{id=hex,…}" for several Resource Instances.
using Instance = std::map<model::ResourceId, std::string>;
// What a device holds, by path of the Object Instance.
using Contents = std::map<model::Path, Instance>;

std::string in_hex(const model::Value& value);
Instance in_hex(const model::Resources& resources);

// The types that a device knows its own Resources by: the built-in definitions.
const lwm2m::TypeOf& device_types();

}  // namespace support
