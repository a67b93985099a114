#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/system/result.hpp>

#include "provisioning/model/endpoint_name.h"
#include "provisioning/model/path.h"
#include "server/coap/endpoint.h"

namespace bootstrap {

// Bootstrap-Request, POST /bs?ep=… ; LwM2M Core §6.1.7.1, Transport §6.4.2. Or (1.2)
// Bootstrap-Pack-Request, GET /bspack?ep=… ; Core §6.1.7.7.
struct BootstrapRequest {
    bool is_pack = false;
    std::optional<model::EndpointName> endpoint;  // absent: 1.1+, the identity's
    // pct; of a Pack-Request its Accept. One that this server writes.
    std::optional<std::uint16_t> preferred_format;
    // The instances of the device's Bootstrap-Server account (acc, 1.2.1); absent: not told. At
    // most max_account, in any order.
    std::optional<std::vector<model::Path>> account;
    std::vector<std::string> other_queries;  // kept and shown, "extra=…"
    friend bool operator==(const BootstrapRequest&, const BootstrapRequest&) = default;
};

inline constexpr std::size_t max_account = 64;

// What is wrong with a request, and with which code it is answered (reaction()).
enum class RequestErrc {
    not_found,                // no path that ends in /bs or /bspack
    method_not_allowed,       // /bs, but no POST; /bspack, but no GET
    bad_endpoint,             // ep empty, too long or given twice
    bad_format,               // pct is no number, or given twice
    unsupported_format,       // pct is none that this server writes
    bad_account,              // acc of a Pack-Request is no list of instances
    not_acceptable,           // Accept of a Pack-Request is none that holds a pack
    unexpected_confirmation,  // a request of either kind that is Non-confirmable
};
coap::Code reaction(RequestErrc);
// For the log.
std::string_view describe(RequestErrc);

// A Server URI with a path or query puts these in front: the last path segment counts, and
// queries of another kind are kept.
boost::system::result<BootstrapRequest, RequestErrc> parse_request(const coap::Request& request);

}  // namespace bootstrap
