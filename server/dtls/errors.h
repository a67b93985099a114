#pragma once

#include <string>

namespace dtls {

// OpenSSL's error queue belongs to the thread, not to the association: what one call leaves there
// would be taken for the next one's fault.
void forget_errors();

struct OpenSslError {
    // The description of a fatal alert that the peer sent, RFC 5246 §7.2; negative: none.
    int alert = -1;
    bool no_certificate = false;  // the peer showed none
    std::string text;             // never key material
};
// The first error of the queue, which is emptied.
OpenSslError take_error();

}  // namespace dtls
