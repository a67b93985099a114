#pragma once

#include <string>

#include "provisioning/plan.h"
#include "server/lwm2m/payload.h"
#include "server/wire/bytes.h"

// Payloads shown without their Secrets, in any content format and without knowing where a format
// puts them: the content is encoded with two fillers instead of every Secret, and the octets that
// differ are where Secrets stand. What is shown was never made from a Secret.
namespace explain {

// Of the same length and kind as the Secret; between the two every octet differs, and every
// character of its base64.
enum class Filler : bool { one, other };

provisioning::Content with_filler(const provisioning::Content&, Filler);
lwm2m::Content with_filler(const lwm2m::Content&, Filler);

// In hexadecimal, with "**" for each octet that differs; for all of them when the sizes do.
std::string masked_hex(wire::BytesView with_one, wire::BytesView with_other);

}  // namespace explain
