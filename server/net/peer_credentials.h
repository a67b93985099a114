#pragma once

#include <memory>
#include <string>

#include "provisioning/model/secret.h"
#include "server/bootstrap/device_query.h"
#include "server/bootstrap/messages.h"
#include "server/dtls/connection.h"

// From what a peer shows in its handshake to the device that it is, and back to what the handshake
// has to prove.
namespace net {

bootstrap::PublicKeyIdentity identity_of(const dtls::PublicKeyClaim&);

// Who has the PSK identity or the public key that a handshake waits for.
bootstrap::DeviceQuery query_of(const dtls::Connection&);

// What the peer shows, for the log: no more of an identity than shown_in_part(), as it is not
// proved.
std::string shown(const dtls::Connection&);

// The key of the identity; null: nobody has it, or may use it. A record's own key is its own
// identity's alone.
const model::Secret* key_of(const bootstrap::LookedUp&, wire::BytesView identity);

// How the claim is the device's. `none` where nobody has it, or may use it.
dtls::Trust trust_of(const bootstrap::LookedUp&, const dtls::PublicKeyClaim&);

// What a device that we dial has to show where it is known by a public key.
dtls::ExpectedPeer expected_of(const provisioning::Device&);

// A handshake as a client, by what Reach names. Null: the device has nothing to be dialled with.
std::unique_ptr<dtls::Connection> dial(const std::shared_ptr<dtls::Context>&,
                                       const bootstrap::Reach&, dtls::Output&);

}  // namespace net
