// The look at a datagram that may be a ClientHello.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "server/dtls/listener.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto hello = dtls::peek_client_hello({data, size});
    if (!hello) return 0;
    if (hello->random.size() != 32) std::abort();
    if (hello->random.data() < data || hello->random.data() + 32 > data + size) std::abort();
    return 0;
}
