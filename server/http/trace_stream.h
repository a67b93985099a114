#pragma once

#include <memory>

#include "server/http/exchange.h"
#include "server/trace/recording.h"

namespace http {

// The answer to GET /v1/traces/{endpoint}: the capture file while it is taken, until the recording
// ends or the reader goes. The recording is let go then.
Response trace_stream(std::shared_ptr<trace::Recording>);

}  // namespace http
