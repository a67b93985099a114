#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include "provisioning/plan.h"
#include "server/coap/endpoint.h"

// How the operations of the Bootstrap interface go over CoAP, LwM2M Transport §6.4.1.
namespace bootstrap {

// An operation of a plan with its payload made. The payload may carry keys.
struct ReadyOperation {
    provisioning::OperationKind kind = provisioning::OperationKind::finish;
    model::Path path;
    std::optional<std::uint16_t> content_format;  // of a Write's payload, or a Read's Accept
    model::Secret payload;
    std::vector<std::string> queries;
};

// `format` is the session's, for operations that name none. The error is why the payload cannot be
// made, for people.
boost::system::result<ReadyOperation, std::string> make_ready(const provisioning::Operation&,
                                                              model::ContentFormat format);

// Discover is GET with Accept 40, Read GET with Accept of its format, Write PUT, Delete DELETE,
// Finish POST /bs. Nothing is added to the URI but what the profile asks for: devices refuse any
// query they do not know.
coap::Request to_request(const ReadyOperation&);

// "WRITE".
std::string_view method_name(provisioning::OperationKind);

// Whether an answer lets the session go on. A Delete of what is not there has nothing left to do;
// some devices say 2.01 of a Write that made an instance.
bool is_well(provisioning::OperationKind, coap::Code);

}  // namespace bootstrap
