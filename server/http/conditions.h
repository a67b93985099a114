#pragma once

#include <string>
#include <variant>

#include "provisioning/store/records.h"
#include "server/http/exchange.h"

// Conditional requests, RFC 9110 §13, over the records' revisions.
namespace http {

// ETag: "\"17\"".
std::string etag_of(store::Revision);

// What a PUT or DELETE asks for by If-Match and If-None-Match; a Response when that is no
// condition that can be kept.
std::variant<store::Precondition, Response> precondition_of(const Request&);

// Whether a GET has the representation of this revision already: 304.
bool is_known(const Request&, store::Revision);
// The answer then.
Response not_modified(store::Revision);

}  // namespace http
