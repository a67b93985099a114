#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/document/document.h"
#include "provisioning/model/endpoint_name.h"
#include "provisioning/model/path.h"
#include "provisioning/model/secret.h"
#include "server/crypto/digest.h"
#include "server/wire/bytes.h"
#include "server/wire/socket_address.h"

// A device record: who a device is, how it proves it, how it is reached, what it shall hold.
namespace provisioning {

struct PskCredential {
    wire::Bytes identity;  // 1 to 128 octets
    model::Secret key;     // 1 to 64 octets
};

// A certificate is the device's when any of these says so.
struct X509Credential {
    bool ca = false;  // issued by one of the settings' CAs, to the endpoint's name
    std::vector<crypto::Sha256> certificates;  // of the DER; within its time of validity
    std::vector<crypto::Sha256> keys;  // of the SubjectPublicKeyInfo, whatever certificate holds it
};

// RFC 7250; the DER of the SubjectPublicKeyInfo.
struct RawPublicKeyCredential {
    wire::Bytes public_key;
};

struct Credentials {
    std::optional<PskCredential> psk;
    std::optional<X509Credential> x509;
    std::optional<RawPublicKeyCredential> rpk;
    bool nosec = false;  // may be served unsecured
};

// How a device is reached when the daemon speaks first.
struct Reach {
    enum class Mode {
        automatic,    // an open association, else through its LwM2M Server where the profile names
                      // one, else by address as the credentials allow
        association,  // only over an association that the device opened
        unsecured,    // from the unsecured listening socket to its address
        dial,         // as DTLS client to its address
        wait,         // never first: only when it asks
        server,       // through the LwM2M Server that its profile names
    };
    Mode mode = Mode::automatic;
    std::optional<std::uint16_t> port;       // where it listens; the event's port comes first
    std::optional<wire::IpAddress> address;  // where it is when the event does not say
    std::optional<wire::IpAddress> source;   // our address to speak from
};

struct Identifiers {
    std::optional<std::string> imsi, imei, iccid, msisdn, external_id;
};

struct Device {
    model::EndpointName endpoint;
    std::string file;
    std::string pointer;  // within the file
    std::string profile;
    Identifiers identifiers;
    Credentials credentials;
    Reach reach;
    std::map<std::string, std::string> variables;
    // Old instances of its Bootstrap-Server account, which the server that handed it over left.
    std::vector<model::InstanceId> purge{};
};

std::optional<Device> parse_device(const document::Node& node, std::string_view file);

}  // namespace provisioning
