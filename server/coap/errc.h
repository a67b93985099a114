#pragma once

#include <boost/system/result.hpp>

#include "server/coap/types.h"

namespace coap {

// What is wrong with a message of the peer.
enum class Errc {
    truncated_header,  // fewer than 4 octets
    bad_version,
    bad_token_length,   // 9 to 15
    reserved_code,      // class 1, 3, 6 or 7
    truncated,          // the token or an option is cut off
    bad_option_delta,   // 15, or a number above 65535
    bad_option_length,  // 15
    option_too_long,
    too_many_options,
    no_payload_after_marker,
    content_in_empty_message,  // code 0.00 with a token, options or a payload
    unrecognised_option,       // a critical one, RFC 7252 §5.4.1
    proxying,                  // Proxy-Uri or Proxy-Scheme
    bad_block,                 // a Block option that means nothing, RFC 7959 §2.2
};

template <class T>
using Result = boost::system::result<T, Errc>;

enum class Reaction {
    ignore,
    reset,  // a Reset to a Confirmable message, nothing to others
    // A request is answered by this code; a response is rejected as by `reset`.
    bad_request,
    bad_option,
    proxying_not_supported,
};

// The one place that says what follows from a faulty message.
Reaction reaction(Errc);

// The code that answers a faulty request; nothing where the message is ignored or rejected.
std::optional<Code> answer_code(Reaction);

}  // namespace coap
