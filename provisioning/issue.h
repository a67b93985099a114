#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "provisioning/device.h"
#include "provisioning/model/path.h"
#include "provisioning/model/secret.h"
#include "server/wire/bytes.h"

// What a device is given that is its alone: "${secret:NAME}" and a new key for its
// Bootstrap-Server account. Made, kept and told to others before anything is written.
namespace provisioning {

struct WantedSecret {
    enum class Kind : std::uint8_t {
        octets,    // random
        key_pair,  // P-256
    };
    Kind kind = Kind::octets;
    std::size_t octets = 16;
    friend bool operator==(const WantedSecret&, const WantedSecret&) = default;
};

// One LwM2M Server that has to know a generated secret before the device does.
struct KeyShare {
    std::string target;                // its name in the settings ("keyShares")
    std::int64_t short_server_id = 0;  // 0: a Bootstrap-Server (hand-over)
    std::string uri;
    std::string mode;                  // "psk", "rpk"
    std::vector<std::string> secrets;  // names
};

// What a profile wants of it for a device.
struct Wanted {
    std::map<std::string, WantedSecret> secrets;
    std::vector<KeyShare> shares;
    bool replacement = false;  // bootstrapAccount.keys is "replace"
    bool empty() const { return secrets.empty() && !replacement; }
};

struct GeneratedSecret {
    WantedSecret::Kind kind = WantedSecret::Kind::octets;
    model::Secret octets;    // of a key pair: the private key, RFC 5958 (PKCS #8) DER
    wire::Bytes public_key;  // of a key pair: SubjectPublicKeyInfo, DER
    bool shared = false;     // told to everybody who had to know it
};

// A new instance of the device's account with this server, and the one that it replaces.
struct NewAccount {
    model::InstanceId instance = 0;
    std::optional<model::InstanceId> replaces;
    friend bool operator==(const NewAccount&, const NewAccount&) = default;
};

struct Issued {
    std::map<std::string, GeneratedSecret> secrets;
    // What to write into the Bootstrap-Server account; nothing: it is left as it is.
    std::optional<PskCredential> replacement;
    // An earlier session wrote it to this new instance and may not have come to purge the old one.
    std::optional<model::InstanceId> written_at;
    std::optional<model::InstanceId> replaces;  // there: the old one
    std::vector<model::InstanceId> to_purge;    // old instances of the account, as recorded
};
using IssuedPointer = std::shared_ptr<const Issued>;

}  // namespace provisioning
