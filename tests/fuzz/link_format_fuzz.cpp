#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "server/lwm2m/link_format.h"
#include "server/wire/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto told = lwm2m::decode_discover(wire::as_text({data, size}));
    if (!told) return 0;
    if (told->links.size() > lwm2m::max_links) std::abort();
    for (const auto& link : told->links) {
        if (link.path.is_root()) std::abort();
        if (link.short_server_id == 0 || link.short_server_id == 0xFFFF) std::abort();
    }
    return 0;
}
