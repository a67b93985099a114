#pragma once

#include <cstdlib>
#include <optional>

#include "server/lwm2m/payload.h"
#include "tests/lwm2m/show.h"

namespace fuzz {

// Every type of value has a Resource.
inline std::optional<lwm2m::KnownType> known_type(model::ObjectId, model::ResourceId resource) {
    return lwm2m::KnownType{static_cast<model::ResourceType>(resource % 10), resource % 20 >= 10};
}

// What decodes is encoded, and that decodes to what is encoded alike; where types are known, to
// the same. Ends the program where it does not.
inline void check_round_trip(model::ContentFormat format, const model::Path& path,
                             wire::BytesView payload, const lwm2m::TypeOf& types) {
    const auto first = lwm2m::decode_payload(format, path, payload, types);
    if (!first) return;
    const auto encoded = lwm2m::encode_payload(format, path, *first);
    if (!encoded) std::abort();
    if (encoded->size() > lwm2m::max_payload_octets) return;
    const auto second = lwm2m::decode_payload(format, path, *encoded, types);
    if (!second) std::abort();
    if (types && lwm2m::show(*second) != lwm2m::show(*first)) std::abort();
    const auto again = lwm2m::encode_payload(format, path, *second);
    if (!again || *again != *encoded) std::abort();
}

// At every level of path.
inline void check_payload(model::ContentFormat format, wire::BytesView payload) {
    for (const auto& path : {model::Path(), model::Path(0), model::Path(0, 1), model::Path(0, 1, 5),
                             model::Path(0, 1, 16)}) {
        check_round_trip(format, path, payload, known_type);
        check_round_trip(format, path, payload, {});
    }
}

}  // namespace fuzz
