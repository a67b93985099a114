#pragma once

#include <string>
#include <string_view>

#include "config/document/document.h"
#include "server/http/exchange.h"

namespace http {

// RFC 9110 §15: "Not Found".
std::string_view reason_phrase(unsigned status);

// An RFC 9457 problem document of the type about:blank.
Response problem(unsigned status, std::string detail);
// The same with every problem of a body under "problems", and the first one's pointer on top.
Response problem(unsigned status, std::string detail, const document::Problems& problems);
// The same of the daemon's own files: each with the file that it is in.
Response problem_of_files(unsigned status, std::string detail, const document::Problems& problems);

}  // namespace http
