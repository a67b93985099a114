#pragma once

#include <string_view>

#include "tests/dtls/peers.h"
#include "tests/support/pki.h"

namespace dtls::testing {

// Who has certificates in these tests.
struct Pki {
    support::Holder root = support::self_signed(support::authority("Root"));
    support::Holder factory = support::issued_by(root, support::authority("Factory CA"));
    support::Holder server = support::issued_by(root, named_host("bs.example.com"));
    support::Holder device = support::issued_by(factory, support::named("urn:dev:1"));

    static support::Wanted named_host(const char* name);
    // A server with its certificate that knows the root.
    Settings settings() const;
};

Certificate certificate_of(const support::Holder&);
// The answer to every claim.
std::function<Trust(const PublicKeyClaim&)> always(Trust);

// A Certificate message, RFC 5246 §7.4.2.
wire::Bytes certificate_message(const std::vector<wire::Bytes>& chain);

}  // namespace dtls::testing
