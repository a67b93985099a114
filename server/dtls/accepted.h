#pragma once

#include "server/dtls/connection.h"
#include "server/dtls/ssl_handle.h"

namespace dtls {

// What a Listener hands to a Connection: an SSL whose DTLSv1_listen() took a hello with a good
// cookie.
struct Connection::Accepted {
    std::shared_ptr<Context> context;
    SslHandle handle;
    wire::Bytes client_random;
    std::uint16_t hello_message_seq = 0;
};

}  // namespace dtls
