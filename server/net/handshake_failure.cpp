#include "server/net/handshake_failure.h"

#include <algorithm>

namespace net {
namespace {

constexpr std::size_t most_shown = 8;

// OpenSSL's words for it, "no shared cipher", in whichever release.
bool speaks_of_suites(std::string_view reason) {
    return reason.find("shared cipher") != std::string_view::npos;
}

// "peer did not return a certificate": nothing was claimed, so only the words tell.
bool speaks_of_no_certificate(std::string_view reason) {
    return reason.find("return a certificate") != std::string_view::npos;
}

}  // namespace

std::string_view to_string(HandshakeFailure failure) {
    switch (failure) {
        case HandshakeFailure::unknown_identity:
            return "unknown_identity";
        case HandshakeFailure::wrong_key:
            return "wrong_key";
        case HandshakeFailure::certificate:
            return "certificate";
        case HandshakeFailure::no_common_suite:
            return "no_common_suite";
        case HandshakeFailure::timeout:
            return "timeout";
        case HandshakeFailure::refused_by_peer:
            return "refused_by_peer";
        case HandshakeFailure::other:
            return "other";
    }
    return "other";
}

HandshakeFailure failure_of(const dtls::Ended& how, bool denied, bool by_public_key) {
    if (denied)
        return by_public_key ? HandshakeFailure::certificate : HandshakeFailure::unknown_identity;
    switch (how.ending) {
        case dtls::Ending::refused_by_peer:
            return HandshakeFailure::refused_by_peer;
        case dtls::Ending::handshake_timeout:
            return how.unproved ? HandshakeFailure::wrong_key : HandshakeFailure::timeout;
        case dtls::Ending::refused_by_us:
            if (how.unproved)
                return by_public_key || speaks_of_no_certificate(how.reason)
                           ? HandshakeFailure::certificate
                           : HandshakeFailure::wrong_key;
            return speaks_of_suites(how.reason) ? HandshakeFailure::no_common_suite
                                                : HandshakeFailure::other;
        case dtls::Ending::closed_by_peer:
        case dtls::Ending::closed_by_us:
            return HandshakeFailure::other;
    }
    return HandshakeFailure::other;
}

std::string shown_in_part(wire::BytesView identity) {
    const wire::BytesView part = identity.first(std::min(most_shown, (identity.size() + 1) / 2));
    const bool plain = std::ranges::all_of(
        part, [](std::uint8_t octet) { return octet > 0x20 && octet < 0x7F && octet != '"'; });
    const std::string shown =
        plain ? '"' + std::string(wire::as_text(part)) + '"' : "0x" + wire::to_hex(part);
    return shown + "… (" + std::to_string(identity.size()) + " octets)";
}

}  // namespace net
