#pragma once

#include <nlohmann/json_fwd.hpp>

#include "server/bootstrap/directory.h"

namespace http {

// A session as the API shows it. Times are absolute, RFC 3339 in UTC; what is not known is null.
nlohmann::ordered_json to_json(const bootstrap::SessionRecord&);

}  // namespace http
