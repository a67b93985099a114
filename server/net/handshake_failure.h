#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/dtls/dtls.h"
#include "server/wire/bytes.h"

namespace net {

// Why a handshake came to nothing, for counters and the log.
enum class HandshakeFailure : std::uint8_t {
    unknown_identity,  // nobody has the PSK identity
    wrong_key,         // of the PSK identity
    certificate,       // or raw public key: none, nobody's, not taken, or not proved
    no_common_suite,
    timeout,
    refused_by_peer,  // by a fatal alert
    other,
};
inline constexpr std::array all_handshake_failures = {
    HandshakeFailure::unknown_identity,
    HandshakeFailure::wrong_key,
    HandshakeFailure::certificate,
    HandshakeFailure::no_common_suite,
    HandshakeFailure::timeout,
    HandshakeFailure::refused_by_peer,
    HandshakeFailure::other,
};

// "wrong_key".
std::string_view to_string(HandshakeFailure);

// `denied`: we said that nobody has what the peer claims. `by_public_key`: it claims a public key.
HandshakeFailure failure_of(const dtls::Ended&, bool denied, bool by_public_key);

// Of an identity that nobody proved: its beginning and its length. A device that is set up wrongly
// may well send its key there.
std::string shown_in_part(wire::BytesView identity);

}  // namespace net
