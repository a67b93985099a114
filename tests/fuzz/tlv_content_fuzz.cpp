#include <cstddef>
#include <cstdint>

#include "tests/fuzz/payload_round_trip.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::check_payload(model::ContentFormat::tlv, {data, size});
    return 0;
}
