#include "provisioning/model/definitions_tables.h"

// Security (/0), Server (/1), Access Control (/2), OSCORE (/21), COSE (/23), MQTT Server (/24).
// Narrower than the registry: times and periods are not negative, /0/6 to /0/8 and /1/0 as the
// latest version has them. Security 1.2 is LwM2M 1.2's, whatever its file says.
namespace model::tables {
namespace {

using enum ResourceType;
using enum Enabler;

constexpr auto security_rows = std::to_array<Row>({
    {0, "LwM2M Server URI", text, mandatory, {0, 255}},
    {1, "Bootstrap-Server", boolean, mandatory},
    {2, "Security Mode", integer, mandatory, {0, 4}},
    {3, "Public Key or Identity", opaque, mandatory},
    {4, "Server Public Key", opaque, mandatory},
    {5, "Secret Key", opaque, mandatory | sensitive},
    {6, "SMS Security Mode", integer, plain, {0, 255}},
    {7, "SMS Binding Key Parameters", opaque, plain, {6, 6}},
    {8, "SMS Binding Secret Key(s)", opaque, sensitive, {16, 48, 16}},
    {9, "LwM2M Server SMS Number", text},
    {10, "Short Server ID", integer, plain, {1, 65534}},
    {11, "Client Hold Off Time", integer, plain, from_zero},
    {12, "Bootstrap-Server Account Timeout", integer, plain, from_zero},
    {13, "Matching Type", unsigned_integer, plain, {0, 3}, {1, 1}},
    {14, "SNI", text, plain, any, {1, 1}},
    {15, "Certificate Usage", unsigned_integer, plain, {0, 3}, {1, 1}},
    {16, "DTLS/TLS Ciphersuite", unsigned_integer, multiple, {0, 65535}, {1, 1}},
    {17, "OSCORE Security Mode", object_link, plain, any, {1, 1}},
    {18, "Groups To Use by Client", unsigned_integer, multiple, {0, 65535}, {1, 2}},
    {19,
     "Signature Algorithms Supported by Server",
     unsigned_integer,
     multiple,
     {0, 65535},
     {1, 2}},
    {20, "Signature Algorithms To Use by Client", unsigned_integer, multiple, {0, 65535}, {1, 2}},
    {21,
     "Signature Algorithm Certs Supported by Server",
     unsigned_integer,
     multiple,
     {0, 65535},
     {1, 2}},
    {22, "TLS 1.3 Features To Use by Client", unsigned_integer, plain, {0, 65535}, {1, 2}},
    {23, "TLS Extensions Supported by Server", unsigned_integer, plain, {0, 65535}, {1, 2}},
    {24, "TLS Extensions To Use by Client", unsigned_integer, plain, {0, 65535}, {1, 2}},
    {25, "Secondary LwM2M Server URI", text, multiple, {0, 255}, {1, 2}},
    {26, "MQTT Server", object_link, plain, any, {1, 2}},
    {27, "LwM2M COSE Security", object_link, multiple, any, {1, 2}},
    {28, "RDS Destination Port", integer, plain, {0, 15}, {1, 2}},
    {29, "RDS Source Port", integer, plain, {0, 15}, {1, 2}},
    {30, "RDS Application ID", text, plain, any, {1, 2}},
});
constexpr auto security_editions =
    std::to_array<Edition>({{{1, 0}, v1_0, many}, {{1, 1}, v1_1, many}, {{1, 2}, v1_2, many}});

constexpr auto server_rows = std::to_array<Row>({
    {0, "Short Server ID", integer, mandatory, {1, 65534}},
    {1, "Lifetime", integer, mandatory, from_zero},
    {2, "Default Minimum Period", integer, plain, from_zero},
    {3, "Default Maximum Period", integer, plain, from_zero},
    {4, "Disable", none},
    {5, "Disable Timeout", integer, plain, from_zero},
    {6, "Notification Storing When Disabled or Offline", boolean, mandatory},
    {7, "Binding", text, mandatory, not_empty},
    {8, "Registration Update Trigger", none, mandatory},
    {9, "Bootstrap-Request Trigger", none, plain, any, {1, 1}},
    {10, "APN Link", object_link, plain, any, {1, 1}},
    {11, "TLS-DTLS Alert Code", unsigned_integer, read_only, {0, 255}, {1, 1}},
    {12, "Last Bootstrapped", time, read_only, any, {1, 1}},
    {13, "Registration Priority Order", unsigned_integer, plain, any, {1, 1}},
    {14, "Initial Registration Delay Timer", unsigned_integer, plain, any, {1, 1}},
    {15, "Registration Failure Block", boolean, plain, any, {1, 1}},
    {16, "Bootstrap on Registration Failure", boolean, plain, any, {1, 1}},
    {17, "Communication Retry Count", unsigned_integer, plain, any, {1, 1}},
    {18, "Communication Retry Timer", unsigned_integer, plain, any, {1, 1}},
    {19, "Communication Sequence Delay Timer", unsigned_integer, plain, any, {1, 1}},
    {20, "Communication Sequence Retry Count", unsigned_integer, plain, any, {1, 1}},
    {21, "Trigger", boolean, plain, any, {1, 1}},
    {22, "Preferred Transport", text, plain, any, {1, 1}},
    {23, "Mute Send", boolean, plain, any, {1, 1}},
    {24, "Alternate APN Links", object_link, multiple, any, {1, 2}},
    {25, "Supported Server Versions", text, multiple, any, {1, 2}},
    {26, "Default Notification Mode", integer, plain, {0, 1}, {1, 2}},
    {27, "Profile ID Hash Algorithm", unsigned_integer, plain, {0, 255}, {1, 2}},
});
constexpr auto server_editions =
    std::to_array<Edition>({{{1, 0}, v1_0, many}, {{1, 1}, v1_1, many}, {{1, 2}, v1_2, many}});

constexpr auto access_control_rows = std::to_array<Row>({
    {0, "Object ID", integer, mandatory, {1, 65534}},
    {1, "Object Instance ID", integer, mandatory, {0, 65535}},
    {2, "ACL", integer, multiple, {0, 31}},
    {3, "Access Control Owner", integer, mandatory, {0, 65535}},
});
constexpr auto access_control_editions =
    std::to_array<Edition>({{{1, 0}, v1_0, many}, {{1, 1}, v1_0, many}});

constexpr auto oscore_rows = std::to_array<Row>({
    {0, "OSCORE Master Secret", text, mandatory | sensitive, any, {1, 0}, {1, 1}},
    {0, "OSCORE Master Secret", opaque, mandatory | sensitive, any, {2, 0}},
    {1, "OSCORE Sender ID", text, mandatory, any, {1, 0}, {1, 1}},
    {1, "OSCORE Sender ID", opaque, mandatory, any, {2, 0}},
    {2, "OSCORE Recipient ID", text, mandatory, any, {1, 0}, {1, 1}},
    {2, "OSCORE Recipient ID", opaque, mandatory, any, {2, 0}},
    {3, "OSCORE AEAD Algorithm", integer},
    {4, "OSCORE HMAC Algorithm", integer},
    {5, "OSCORE Master Salt", text, plain, any, {1, 0}, {1, 1}},
    {5, "OSCORE Master Salt", opaque, plain, any, {2, 0}},
    {6, "OSCORE ID Context", text, plain, any, {1, 1}, {1, 1}},
    {6, "OSCORE ID Context", opaque, plain, any, {2, 0}},
});
constexpr auto oscore_editions =
    std::to_array<Edition>({{{1, 0}, v1_1, many}, {{1, 1}, v1_1, many}, {{2, 0}, v1_1, many}});

constexpr auto cose_rows = std::to_array<Row>({
    {0, "KID", text, mandatory},
    {1, "AEAD Algorithm", integer, mandatory},
    {2, "Key", text, mandatory | sensitive},
});
constexpr auto cose_editions = std::to_array<Edition>({{{1, 0}, v1_2, many}});

constexpr auto mqtt_rows = std::to_array<Row>({
    {0, "Will Retain", boolean},
    {1, "Will Topic", text},
    {2, "Will Message", text},
    {3, "Clean Session", boolean},
    {4, "Will QoS", unsigned_integer, plain, {0, 3}},
    {5, "Keep Alive", unsigned_integer, plain, {0, 65535}},
    {6, "Client Identifier", text, mandatory},
    {7, "User Name", text},
    {8, "Password", opaque, sensitive},
});
constexpr auto mqtt_editions = std::to_array<Edition>({{{1, 0}, v1_2, many}});

constexpr auto objects = std::to_array<Object>({
    {0, "LwM2M Security", security_rows, security_editions},
    {1, "LwM2M Server", server_rows, server_editions},
    {2, "LwM2M Access Control", access_control_rows, access_control_editions},
    {21, "LWM2M OSCORE", oscore_rows, oscore_editions},
    {23, "LwM2M COSE", cose_rows, cose_editions},
    {24, "MQTT Server", mqtt_rows, mqtt_editions},
});

}  // namespace

std::span<const Object> accounts() {
    return objects;
}

}  // namespace model::tables
