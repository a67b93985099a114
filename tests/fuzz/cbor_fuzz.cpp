#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "server/lwm2m/cbor.h"
#include "tests/fuzz/payload_round_trip.h"
#include "tests/lwm2m/items.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto first = lwm2m::decode_cbor({data, size});
    if (first) {
        const auto second = lwm2m::decode_cbor(lwm2m::encode_item(*first));
        // By their texts: a NaN is not equal to itself.
        if (!second || lwm2m::diagnostic(*second) != lwm2m::diagnostic(*first)) std::abort();
    }
    for (std::uint16_t resource = 0; resource < 10; ++resource)
        fuzz::check_round_trip(model::ContentFormat::cbor, model::Path(0, 0, resource),
                               {data, size}, fuzz::known_type);
    return 0;
}
