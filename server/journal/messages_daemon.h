#pragma once

#include "server/journal/journal.h"

// Of the daemon itself: its life, its configuration, its store.
namespace journal::message {

inline constexpr Message starting{
    "starting",          Level::info,
    "the daemon starts", "The settings, profiles and devices are fine.",
    "Nothing.",          "version settings"};
inline constexpr Message ready{"ready",          Level::info,
                               "ready to serve", "The sockets are open and the store is there.",
                               "Nothing.",       "shards profiles"};
inline constexpr Message listening{"listening", Level::info,
                                   "listening", "One line for each address that is served.",
                                   "Nothing.",  "service address"};
inline constexpr Message unsteered{
    "unsteered", Level::warning,
    "the kernel does not steer datagrams to their shards: they are handed over, which costs more",
    "The kernel lacks what SO_ATTACH_REUSEPORT_CBPF needs, a container's rules forbid it, or the "
    "service manager passed fewer sockets of an address than there are shards. Everything works, "
    "with less throughput.",
    "Nothing where that is fast enough; else a newer kernel, as many passed sockets as shards, or "
    "\"shards\": 1."};
inline constexpr Message http_unauthenticated{
    "http_unauthenticated",
    Level::warning,
    "the HTTP API asks nobody who they are: whoever reaches it may use it",
    "\"http\".\"authentication\" is \"none\", which is allowed on this machine alone: every user "
    "of it may change devices and profiles.",
    "Use the Unix socket alone, or give \"tokens\" or \"certificates\" and \"authentication\": "
    "\"required\".",
    "file pointer"};
inline constexpr Message reloaded{"reloaded",
                                  Level::info,
                                  "settings, profiles and devices were read again",
                                  "All of it is in force for what begins from now on.",
                                  "Nothing.",
                                  "profiles devices written disabled changed"};
inline constexpr Message reload_refused{
    "reload_refused",
    Level::error,
    "reload refused, the old configuration stays in force",
    "Something in the files is wrong, or a change of the settings needs a restart. Each problem "
    "has been told as configuration_problem before; nothing has changed.",
    "Correct the files, then reload; for a change that needs it, restart.",
    "problems"};
inline constexpr Message configuration_problem{
    "configuration_problem",
    Level::error,
    "problem in the configuration",
    "One problem of those that a reload found.",
    "What the field \"remedy\" says, at the place that \"file\" and \"pointer\" name.",
    "file pointer problem remedy"};
inline constexpr Message profile_warning{
    "profile_warning",
    Level::warning,
    "a profile does what may be a surprise",
    "The profile is in force. What it says is allowed and seldom meant.",
    "Look at the place that \"pointer\" names; the field \"remedy\" says what to write where it "
    "is not meant.",
    "profile file pointer warning remedy"};
inline constexpr Message profile_missing{
    "profile_missing",
    Level::warning,
    "devices have a profile that there is not: they are refused until it is there",
    "Device records name it, and neither a file nor the API has made it, or its file has gone.",
    "Put the profile back, or give those devices another.",
    "profile"};
inline constexpr Message certificate_expires{
    "certificate_expires",
    Level::warning,
    "a certificate or revocation list ends soon, or has ended: put a new one in its place, then "
    "reload",
    "Told at the start, on reload and twice a day from dtls.certificateWarning ahead. What has "
    "ended is refused by devices; an ended list refuses all of its issuer's devices.",
    "Put the new one in place of the old and reload.",
    "kind name pointer ends daysLeft"};
inline constexpr Message store_opened{
    "store_opened",
    Level::info,
    "the store is open",
    "The devices of the device files are in it: those whose records were written, were as they "
    "are already, or were disabled since no file has them any more.",
    "Nothing.",
    "file written unchanged disabled"};
inline constexpr Message master_key_made{
    "master_key_made",
    Level::warning,
    "a master key was made beside the database: keep a copy of it elsewhere, without it the "
    "database cannot be read",
    "The settings name no key, there is no credential \"master-key\", and there was no file yet. "
    "Whoever has a copy of database and key reads every device's keys.",
    "Copy the file to a safe place; better, make the key a credential of the service manager.",
    "file"};
inline constexpr Message store_failed{
    "store_failed",
    Level::error,
    "the store could not do what it was asked",
    "The disk is full or read only, or the database is locked or broken. What was to be written "
    "is tried again; devices whose keys cannot be kept are not given them.",
    "See to what \"cause\" says; /readyz says when it is over.",
    "what cause",
    {20, 2}};
inline constexpr Message limit_reached{
    "limit_reached",
    Level::warning,
    "a limit was reached",
    "What comes beyond it is turned away, or takes the place of what was idle.",
    "Find out who needs so many; raise the limit of that name in the settings where it is right.",
    "limit value",
    {10, 1}};
inline constexpr Message draining{
    "draining",
    Level::info,
    "stopping: no new sessions",
    "SIGTERM or SIGINT came. Those sessions that run have drain.timeout to end.",
    "Nothing.",
    "running waiting"};
inline constexpr Message stopped{"stopped",  Level::info,
                                 "stopped",  "The last line of a daemon that ended by itself.",
                                 "Nothing.", "exitCode"};
inline constexpr Message shard_failed{
    "shard_failed",
    Level::error,
    "a shard failed",
    "A thread that serves devices met what it cannot go on from. The daemon stops; the service "
    "manager starts it again.",
    "Where it comes back, tell the developers what \"cause\" says.",
    "cause"};
inline constexpr Message messages_withheld{
    "messages_withheld",
    Level::warning,
    "lines of a message were withheld, so that strangers cannot fill the log",
    "More of them came than the message's pace allows, and none of them any more. While they "
    "come, the message's own lines say how many were left out before each.",
    "The counters of /v1/status and /metrics are complete: look there what came.",
    "message count"};

}  // namespace journal::message
