#pragma once

#include <cstdint>
#include <string_view>

#include "provisioning/model/value.h"
#include "server/lwm2m/output.h"
#include "server/wire/bytes.h"

namespace lwm2m {

// How a JSON format calls the member that holds a value, by its type: its name with quotes and
// colon. A number is `"v":` in all of them.
struct JsonValueMembers {
    std::string_view text, boolean, octets, link;
    void (*write_octets)(wire::BytesView, Output&);  // in which base64
};

// The member of one value: `"vs":"text"`.
void write_json_value(const model::Single& value, const JsonValueMembers& members, Output& out);

}  // namespace lwm2m
