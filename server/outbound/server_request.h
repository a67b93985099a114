#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include "provisioning/model/secret.h"
#include "server/outbound/client.h"

// How a LwM2M Server is asked to execute /1/x/9, the Bootstrap-Request Trigger, on a device that
// is registered with it (LwM2M Core 1.1.1 §6.1.2, Object 1). Pure.
namespace outbound {

// Leshan's demo server has POST /api/clients/ENDPOINT/1/INSTANCE/9?timeout=SECONDS and answers 200
// with {"status": "CHANGED(204)", "success": true, …}, with another status and "success": false
// where the device refused, or with {"delayed": true, …} where the device sleeps and will be told
// when it wakes; 400 for an endpoint that is not registered, 504 where the device does not answer.
enum class ServerPreset { none, leshan };

struct LwM2mServer {
    std::string name;
    ServerPreset preset = ServerPreset::none;
    std::string url;  // of a preset: where its API is; else "${endpoint}" and "${serverInstance}"
    std::string method = "POST";
    std::vector<Header> headers;
    std::string body;                    // the same placeholders, filled in as within JSON strings
    std::optional<model::Secret> token;  // a bearer token
    std::filesystem::path ca_file;
    wire::Duration timeout = std::chrono::seconds(10);
    std::size_t concurrency = 16;
};

// The error is for people.
using Requested = boost::system::result<OutRequest, std::string>;
Requested server_request(const LwM2mServer&, std::string_view endpoint, std::uint16_t instance);

// Why the answer does not mean that the device was, or will be, told; nothing: it does. One line
// of printable ASCII, whatever the server wrote.
std::optional<std::string> failure_in(ServerPreset, const Answer&);

}  // namespace outbound
