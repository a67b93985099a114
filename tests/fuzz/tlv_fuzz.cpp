#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "server/lwm2m/tlv.h"

namespace {

// How many elements there are; ends the program where one is what the decoder must never give.
std::size_t checked_count(const std::vector<lwm2m::TlvElement>& elements, int depth) {
    std::size_t count = 0;
    for (const auto& element : elements) {
        if (depth > 3) std::abort();
        const bool is_container = element.type == lwm2m::TlvType::object_instance ||
                                  element.type == lwm2m::TlvType::multiple_resource;
        if (is_container ? !element.value.empty() : !element.children.empty()) std::abort();
        static_cast<void>(lwm2m::tlv_integer(element.value));
        count += 1 + checked_count(element.children, depth + 1);
    }
    return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto elements = lwm2m::decode_tlv({data, size});
    if (elements && checked_count(*elements, 1) > lwm2m::max_tlv_elements) std::abort();
    return 0;
}
