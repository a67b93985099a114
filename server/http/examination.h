#pragma once

#include <optional>

#include "server/http/conversation.h"
#include "server/http/request_reader.h"

namespace http {

// Why it is not even asked what the request wants: its header is wrong, nobody knows who sent it,
// or somebody was talked into sending it. Else the caller is in the request. Counts, and tells the
// log of strangers, but not of every one.
std::optional<Response> examine(Connections::Common&, const RequestReader&, Transport,
                                const PeerCertificate*, Request&);

}  // namespace http
