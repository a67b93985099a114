#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "provisioning/model/secret.h"
#include "server/wire/bytes.h"

// What a server is told of a key that is made for one of its devices. Pure.
//
//   {"id": "…", "type": "keys.share", "time": "2026-01-01T00:00:00.000Z",
//    "data": {"endpoint": "…", "shortServerId": 101, "uri": "coaps://…", "mode": "psk",
//             "identity": "…", "key": "<hex>"}}
//
// or, of a key pair, "publicKey": "<base64 of the DER>"; "identity" is there where there is one.
namespace outbound {

// A pre-shared key is told as it is, of a key pair the public half alone.
struct SharedKey {
    std::string id;    // unique for the message, the same for every attempt
    std::string time;  // when it was made, RFC 3339
    std::string endpoint;
    std::int64_t short_server_id = 0;  // 0: a Bootstrap-Server
    std::string uri;
    std::string mode;                              // "psk", "rpk", "oscore", "oscore"
    std::string identity;                          // as people write one; empty: none
    std::variant<model::Secret, wire::Bytes> key;  // or the SubjectPublicKeyInfo, DER
};

// The body. What it is built in is wiped.
model::Secret key_share_body(const SharedKey&);

}  // namespace outbound
