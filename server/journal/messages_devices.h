#pragma once

#include "server/journal/journal.h"

// Of devices and of the networks that they come through.
namespace journal::message {

// ---- sessions ----

inline constexpr Message session_started{
    "session_started",
    Level::info,
    "bootstrap session starts",
    "A device asked for it, or a network told that it attached.",
    "Nothing.",
    "session endpoint profile mode remote secured triggered",
    {2000, 500}};
inline constexpr Message session_ended{
    "session_ended",
    Level::info,
    "bootstrap session ended",
    "\"outcome\" is \"finished\" where the device has all that it shall hold; else \"cause\" says "
    "at which operation it ended and why.",
    "Nothing where it is finished. Else `lwm2m-bootstrapctl session show ID` shows every "
    "operation.",
    "session endpoint outcome cause mode remote operations took",
    {2000, 500}};
inline constexpr Message session_not_admitted{
    "session_not_admitted",
    Level::info,
    "a device asked for a bootstrap and gets none",
    "Nobody knows it, its credentials are another device's, or it may not be served this way. "
    "Also somebody who tries names.",
    "Where it should be served: make its record, or correct what \"cause\" says.",
    "session endpoint cause remote",
    {50, 50}};
inline constexpr Message request_refused{
    "request_refused",
    Level::warning,
    "request of a device refused",
    "It was no request of a bootstrap, or not one that is served here and now.",
    "See what \"reason\" says; `lwm2m-bootstrapctl decode` explains a datagram.",
    "remote secured code reason",
    {20, 5}};
inline constexpr Message pack_declined{
    "pack_declined",
    Level::info,
    "no Bootstrap-Pack for a device, which asks for an ordinary bootstrap next",
    "Its profile says no \"pack\", or what it shall hold cannot be told in one answer.",
    "Nothing; or \"pack\": true in its profile, where \"reason\" does not speak against it.",
    "remote secured code reason",
    {20, 5}};

// ---- DTLS ----

inline constexpr Message association_opened{"association_opened",
                                            Level::debug,
                                            "DTLS association opened",
                                            "A device has proved who it is.",
                                            "Nothing.",
                                            "remote cipher",
                                            {200, 100}};
inline constexpr Message association_ended{"association_ended",
                                           Level::debug,
                                           "DTLS association ended",
                                           "The device closed it, or it was idle for too long.",
                                           "Nothing.",
                                           "remote reason",
                                           {200, 100}};
inline constexpr Message handshake_failed{
    "handshake_failed",
    Level::warning,
    "DTLS handshake failed",
    "The peer did not prove who it is: an unknown identity, a wrong key, a certificate that "
    "nobody vouches for, no suite in common; or it fell silent. Also whoever scans the port.",
    "Of a device of yours: compare its credentials with its record. \"kind\" says what failed, "
    "\"peer\" who it claimed to be.",
    "remote kind reason peer",
    {20, 5}};
inline constexpr Message handshakes_held_off{
    "handshakes_held_off",
    Level::warning,
    "too many handshakes of an address or its prefix proved nothing: its hellos are dropped for a "
    "while",
    "Somebody guesses keys, or many devices behind one address have wrong ones.",
    "Of devices of yours: correct their credentials, or raise limits.failedHandshakesPerAddress "
    "or limits.failedHandshakesPerPrefix.",
    "remote",
    {20, 5}};

// ---- attach events ----

inline constexpr Message attached{"attached",
                                  Level::info,
                                  "a device attached to the network",
                                  "A session with it begins as soon as it can be reached.",
                                  "Nothing.",
                                  "endpoint source address session",
                                  {2000, 500}};
inline constexpr Message attach_refused{
    "attach_refused",
    Level::warning,
    "a network-attach event led to no session",
    "The device cannot be reached in the way that the event or its record says, is under way "
    "already, or there are too many.",
    "See what \"cause\" says.",
    "endpoint source cause",
    {100, 50}};
inline constexpr Message radius_refused{
    "radius_refused",
    Level::warning,
    "an Accounting-Request was dropped; a gateway's address, shared secret or settings are wrong, "
    "or somebody pretends to be one",
    "\"reason\" says what was wrong with it. \"client\" is empty where nobody of that address is "
    "known.",
    "Compare the gateway's address and secret with attach.radius.clients.",
    "reason remote client",
    {20, 5}};
inline constexpr Message triggers_restored{"triggers_restored",
                                           Level::info,
                                           "network-attach triggers of before the restart go on",
                                           "Devices that had attached and had not been served yet.",
                                           "Nothing.",
                                           "triggers"};

// ---- keys ----

inline constexpr Message credential_pending{
    "credential_pending",
    Level::info,
    "a new key for a device's Bootstrap-Server account is recorded and about to be written",
    "From now on the daemon knows the device by the old key and by the new one.",
    "Nothing.",
    "endpoint identity session",
    {200, 50}};
inline constexpr Message credential_promoted{
    "credential_promoted",
    Level::info,
    "a device has proved that it holds its new key; the old one is honoured for its grace period",
    "The change of the key has come to its end.",
    "Nothing.",
    "endpoint identity",
    {200, 50}};
inline constexpr Message credential_returned{
    "credential_returned",
    Level::warning,
    "a device came back with a key that had been replaced: it was reset, or somebody else has it",
    "It did not keep the new key, or this is not it. The old key is honoured within its grace "
    "period.",
    "Where the device was not reset: it is copied, or its old key is known to others. Disable it.",
    "endpoint identity",
    {200, 50}};
inline constexpr Message rotation_ordered{"rotation_ordered",
                                          Level::info,
                                          "a device gets a new key at its next bootstrap",
                                          "Somebody ordered it by the API, for it or for many.",
                                          "Nothing.",
                                          "endpoint",
                                          {1000, 100}};
inline constexpr Message rotation_ended{
    "rotation_ended",
    Level::info,
    "a rotation of keys has come to its end",
    "All of its devices have been ordered a new key, or \"cause\" says why not.",
    "Where it failed: see what \"cause\" says and order it again; those that are done stay so.",
    "rotation devices state cause"};
inline constexpr Message preparation_failed{
    "preparation_failed",
    Level::warning,
    "what a device is to be given could not be made, kept or shared; the device is untouched",
    "The store took no new key, or who is to be told of it did not answer with 2xx.",
    "See what \"cause\" says; the device gets its bootstrap when it asks again.",
    "endpoint session cause",
    {20, 10}};

}  // namespace journal::message
