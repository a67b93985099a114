#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <openssl/err.h>

#include "server/crypto/keys.h"

// Keys, certificates and revocation lists of files, profiles and records.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const wire::BytesView in(data, size);
    if (const auto key = crypto::private_key(in)) {
        // What comes out is read again, as the same.
        const auto again = crypto::private_key(key->reveal());
        if (!again || !again->equals(*key)) std::abort();
        if (!crypto::public_key_of(*key)) std::abort();
    }
    if (const auto key = crypto::public_key(in)) {
        const auto again = crypto::public_key(*key);
        if (!again || *again != *key) std::abort();
    }
    if (const auto list = crypto::certificates(in))
        for (const wire::Bytes& one : *list) {
            static_cast<void>(crypto::facts(one));
            static_cast<void>(crypto::is_issued_by(one, list->back()));
            static_cast<void>(crypto::names_host(one, "a.example.com"));
        }
    static_cast<void>(crypto::revocation_lists(in));
    if (ERR_peek_error() != 0) std::abort();
    return 0;
}
