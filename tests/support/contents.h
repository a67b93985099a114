#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "provisioning/model/path.h"
#include "server/wire/bytes.h"

namespace support {

// The Resources of an Object Instance as a device keeps them: what stood in the TLV, in hex;
// "{id=hex,…}" for several Resource Instances.
using Instance = std::map<model::ResourceId, std::string>;
// What a device holds, by path of the Object Instance.
using Contents = std::map<model::Path, Instance>;

// A Write's payload on an Object Instance; nothing when a device would refuse it (4.00).
std::optional<Instance> read_instance(wire::BytesView tlv);

}  // namespace support
