// An address that is read is written so that it reads as the same one.

#include <cstdlib>

#include "server/wire/bytes.h"
#include "server/wire/socket_address.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = wire::as_text({data, size});
    if (const auto address = wire::IpAddress::from(text))
        if (wire::IpAddress::from(address->to_string()) != address) std::abort();
    if (const auto address = wire::SocketAddress::from(text))
        if (wire::SocketAddress::from(address->to_string()) != address) std::abort();
    return 0;
}
