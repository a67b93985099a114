#pragma once

#include "server/journal/journal.h"

// Every message that the daemon can write: id, level, what it means.
namespace journal::message {

inline constexpr Message starting{"starting", Level::info, "lwm2m-bootstrapd starts"};
inline constexpr Message ready{"ready", Level::info, "ready to serve"};
inline constexpr Message listening{"listening", Level::info, "listening"};
inline constexpr Message unsteered{
    "unsteered", Level::warning,
    "the kernel does not steer datagrams to their shards: they are handed over, which costs more"};
inline constexpr Message http_unauthenticated{
    "http_unauthenticated", Level::warning,
    "the HTTP API asks nobody who they are: whoever reaches it may use it"};
inline constexpr Message reloaded{"reloaded", Level::info, "profiles and devices were read again"};
inline constexpr Message reload_refused{"reload_refused", Level::error,
                                        "reload refused, the old configuration stays in force"};
inline constexpr Message configuration_problem{"configuration_problem", Level::error,
                                               "problem in the configuration"};
inline constexpr Message session_started{"session_started", Level::info,
                                         "bootstrap session starts"};
inline constexpr Message session_ended{"session_ended", Level::info, "bootstrap session ended"};
inline constexpr Message request_refused{"request_refused", Level::warning,
                                         "request of a device refused"};
inline constexpr Message pack_declined{
    "pack_declined", Level::info,
    "no Bootstrap-Pack for a device, which asks for an ordinary bootstrap next"};
inline constexpr Message association_opened{"association_opened", Level::debug,
                                            "DTLS association opened"};
inline constexpr Message association_ended{"association_ended", Level::debug,
                                           "DTLS association ended"};
inline constexpr Message handshake_failed{"handshake_failed", Level::warning,
                                          "DTLS handshake failed"};
inline constexpr Message handshakes_held_off{
    "handshakes_held_off", Level::warning,
    "too many handshakes of an address or its prefix proved nothing: its hellos are dropped for a "
    "while"};
inline constexpr Message attached{"attached", Level::info, "a device attached to the network"};
inline constexpr Message attach_refused{"attach_refused", Level::warning,
                                        "a network-attach event led to no session"};
inline constexpr Message radius_refused{
    "radius_refused", Level::warning,
    "an Accounting-Request was dropped; a gateway's address, shared secret or settings are wrong, "
    "or somebody pretends to be one"};
inline constexpr Message triggers_restored{"triggers_restored", Level::info,
                                           "network-attach triggers of before the restart go on"};
inline constexpr Message credential_pending{
    "credential_pending", Level::info,
    "a new key for a device's Bootstrap-Server account is recorded and about to be written"};
inline constexpr Message credential_promoted{
    "credential_promoted", Level::info,
    "a device has proved that it holds its new key; the old one is honoured for its grace period"};
inline constexpr Message credential_returned{
    "credential_returned", Level::warning,
    "a device came back with a key that had been replaced: it was reset, or somebody else has it"};
inline constexpr Message rotation_ordered{"rotation_ordered", Level::info,
                                          "a device gets a new key at its next bootstrap"};
inline constexpr Message rotation_ended{"rotation_ended", Level::info,
                                        "a rotation of keys has come to its end"};
inline constexpr Message preparation_failed{
    "preparation_failed", Level::warning,
    "what a device is to be given could not be made, kept or shared; the device is untouched"};
inline constexpr Message profile_warning{"profile_warning", Level::warning,
                                         "a profile does what may be a surprise"};
inline constexpr Message certificate_expires{
    "certificate_expires", Level::warning,
    "a certificate or revocation list ends soon, or has ended: put a new one in its place, then "
    "reload"};
inline constexpr Message store_opened{"store_opened", Level::info, "the store is open"};
inline constexpr Message master_key_made{
    "master_key_made", Level::warning,
    "a master key was made beside the database: keep a copy of it elsewhere, without it the "
    "database cannot be read"};
inline constexpr Message store_failed{"store_failed", Level::error,
                                      "the store could not do what it was asked"};
inline constexpr Message devices_seeded{"devices_seeded", Level::info,
                                        "the store has what the device files declare"};
inline constexpr Message profile_missing{
    "profile_missing", Level::warning,
    "devices have a profile that there is not: they are refused until it is there"};
inline constexpr Message limit_reached{"limit_reached", Level::warning, "a limit was reached"};
inline constexpr Message http_request{"http_request", Level::debug, "HTTP request answered"};
inline constexpr Message http_failed{"http_failed", Level::error,
                                     "HTTP connection or request failed"};
inline constexpr Message http_refused{"http_refused", Level::warning,
                                      "HTTP request of somebody whom the settings do not know"};
inline constexpr Message http_handshake_failed{"http_handshake_failed", Level::debug,
                                               "TLS handshake of an HTTP connection failed"};
inline constexpr Message webhook_failed{"webhook_failed", Level::warning,
                                        "a webhook's message did not arrive, it is sent again"};
inline constexpr Message webhook_dropped{"webhook_dropped", Level::error,
                                         "a webhook's message became too old and is given up"};
inline constexpr Message trace_begun{"trace_begun", Level::info,
                                     "the messages of an endpoint are traced from now on"};
inline constexpr Message trace_shows_secrets{
    "trace_shows_secrets", Level::warning,
    "a trace shows the keys that the endpoint is given: whoever has the file has them"};
inline constexpr Message trace_ended{"trace_ended", Level::info, "a trace has ended"};
inline constexpr Message draining{"draining", Level::info, "stopping: no new sessions"};
inline constexpr Message stopped{"stopped", Level::info, "stopped"};
inline constexpr Message shard_failed{"shard_failed", Level::error, "a shard failed"};

}  // namespace journal::message
