#pragma once

#include <array>

#include "server/journal/journal.h"
#include "server/journal/messages_daemon.h"
#include "server/journal/messages_devices.h"
#include "server/journal/messages_http.h"

// Every message that the daemon can write: id, level, what it means and what to do about it.
namespace journal::message {

// In the order of the manual's page. A message that is not here has no limit and no entry there:
// tests/documents tells.
inline constexpr std::array all{
    // messages_daemon.h
    &starting, &ready, &listening, &unsteered, &http_unauthenticated, &reloaded, &reload_refused,
    &configuration_problem, &profile_warning, &profile_missing, &certificate_expires, &store_opened,
    &master_key_made, &store_failed, &limit_reached, &draining, &stopped, &shard_failed,
    &messages_withheld,
    // messages_devices.h
    &session_started, &session_ended, &session_not_admitted, &request_refused, &pack_declined,
    &association_opened, &association_ended, &handshake_failed, &handshakes_held_off, &attached,
    &attach_refused, &radius_refused, &triggers_restored, &credential_pending, &credential_promoted,
    &credential_returned, &rotation_ordered, &rotation_ended, &preparation_failed,
    // messages_http.h
    &http_request, &http_failed, &http_refused, &http_handshake_failed, &webhook_failed,
    &webhook_dropped, &trace_begun, &trace_shows_secrets, &trace_ended};

}  // namespace journal::message
