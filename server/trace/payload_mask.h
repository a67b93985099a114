#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "provisioning/model/content_format.h"
#include "provisioning/model/path.h"
#include "server/trace/knowledge.h"
#include "server/wire/bytes.h"

namespace trace {

// Stands in the place of every octet that is not shown.
inline constexpr std::uint8_t filler = '*';

struct MaskedPayload {
    wire::Bytes octets;  // as many as there were
    std::size_t hidden = 0;
};

// The payload of a Write or a pack, or of the answer to a Read, at its path; with the filler for
// each octet that depends on a value that may not be shown, and nothing in it made from one.
// Nothing: it cannot be told where such values are, so that none of it may be shown.
std::optional<MaskedPayload> mask_payload(model::ContentFormat, const model::Path&,
                                          wire::BytesView payload, const Knowledge&);

}  // namespace trace
