#include "server/coap/errc.h"

namespace coap {

Reaction reaction(Errc error) {
    switch (error) {
        case Errc::truncated_header:
            return Reaction::ignore;  // there is no Message ID to answer to
        case Errc::bad_version:
            return Reaction::ignore;  // "MUST be silently ignored", RFC 7252 §3
        case Errc::bad_token_length:
        case Errc::reserved_code:
        case Errc::truncated:
        case Errc::bad_option_delta:
        case Errc::bad_option_length:
        case Errc::option_too_long:
        case Errc::too_many_options:
        case Errc::no_payload_after_marker:
        case Errc::content_in_empty_message:
            return Reaction::reset;  // a message format error, RFC 7252 §4.2
        case Errc::unrecognised_option:
            return Reaction::bad_option;  // RFC 7252 §5.4.1
        case Errc::proxying:
            return Reaction::proxying_not_supported;  // RFC 7252 §5.10.2
        case Errc::bad_block:
            return Reaction::bad_request;  // RFC 7959 §2.2
    }
    return Reaction::ignore;
}

std::optional<Code> answer_code(Reaction reaction) {
    switch (reaction) {
        case Reaction::ignore:
        case Reaction::reset:
            return std::nullopt;
        case Reaction::bad_request:
            return Code::bad_request;
        case Reaction::bad_option:
            return Code::bad_option;
        case Reaction::proxying_not_supported:
            return Code::proxying_not_supported;
    }
    return std::nullopt;
}

}  // namespace coap
