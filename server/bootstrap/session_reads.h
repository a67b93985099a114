#pragma once

#include <string>
#include <vector>

#include "provisioning/model/definitions.h"
#include "provisioning/model/discovered.h"
#include "provisioning/model/path.h"
#include "server/bootstrap/record.h"
#include "server/coap/request.h"
#include "server/lwm2m/payload.h"

// What a device's answers to Read and to a later Discover are told as.
namespace bootstrap {

struct ReadResult {
    std::vector<ReadValue> values;
    std::string note;  // what could not be told; may be empty
};

// The values of a Read at `path`, typed by the definitions as far as they go; `accept` is the
// format that was asked for, used when the answer names none.
ReadResult read_values(const model::Path& path, const coap::Response& response,
                       std::uint16_t accept, const lwm2m::TypeOf& type_of);

// "/0/1" and "ssid=101" of each link.
ReadResult read_links(const model::Discovered& told);

// By the newest version of an Object that the enabler allows, else by any that has the Resource.
// The definitions outlive it.
lwm2m::TypeOf types_by(const model::Definitions& definitions, model::Enabler enabler);

}  // namespace bootstrap
