#pragma once

#include <string>

namespace http {

// openapi.json as it was when the daemon was built: the API's own description, OpenAPI 3.1.
std::string openapi_text();

}  // namespace http
