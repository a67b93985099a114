#pragma once

#include "server/journal/journal.h"

// Of the HTTP API, and of the requests that the daemon itself makes.
namespace journal::message {

inline constexpr Message http_request{"http_request",
                                      Level::debug,
                                      "HTTP request answered",
                                      "One line for each request of the API.",
                                      "Nothing.",
                                      "method target caller status",
                                      {1000, 200}};
inline constexpr Message http_failed{
    "http_failed",
    Level::error,
    "HTTP connection or request failed",
    "A fault of the daemon, or of its machine: it has no file descriptors left, for instance.",
    "See what \"cause\" says; raise LimitNOFILE where descriptors are short.",
    "method target cause",
    {20, 5}};
inline constexpr Message http_refused{
    "http_refused",
    Level::warning,
    "HTTP request of somebody whom the settings do not know",
    "No token or certificate came with it, or none that is in the settings.",
    "Of a caller of yours: compare its token or certificate with \"http\".\"tokens\" and "
    "\"http\".\"certificates\".",
    "remote method target cause",
    {10, 1}};
inline constexpr Message http_handshake_failed{
    "http_handshake_failed",
    Level::debug,
    "TLS handshake of an HTTP connection failed",
    "The peer speaks no TLS, does not trust the API's certificate, or shows one that "
    "\"tls\".\"clientCa\" does not vouch for.",
    "Of a caller of yours: see what \"cause\" says.",
    "remote cause",
    {20, 5}};
inline constexpr Message webhook_failed{
    "webhook_failed",
    Level::warning,
    "a webhook's message did not arrive, it is sent again",
    "Its receiver cannot be reached, or did not answer with 2xx. Told once a minute of each "
    "webhook; its messages wait in the store until it takes them or they are too old.",
    "See to the receiver; `lwm2m-bootstrapctl deliveries` shows what waits.",
    "hook endpoint kind delivery attempts cause left_out_before"};
inline constexpr Message webhook_dropped{
    "webhook_dropped",
    Level::error,
    "a webhook's message became too old and is given up",
    "Its receiver has not taken it for as long as the webhook's maxAge.",
    "Make good at the receiver what the message would have told; the audit log has it too.",
    "hook endpoint kind delivery attempts cause",
    {50, 10}};
inline constexpr Message trace_begun{
    "trace_begun",
    Level::info,
    "the messages of an endpoint are traced from now on",
    "Somebody reads /v1/traces: what is in the messages leaves the daemon, keys overwritten.",
    "Nothing, if it is one of yours: \"caller\" says who.",
    "endpoint caller secrets"};
inline constexpr Message trace_shows_secrets{
    "trace_shows_secrets",
    Level::warning,
    "a trace shows the keys that the endpoint is given",
    "Somebody with the role admin asked for it: whoever has the file has the keys.",
    "Keep the file as you keep keys; order a new key for the device when it is done with.",
    "endpoint caller"};
inline constexpr Message trace_ended{
    "trace_ended",
    Level::info,
    "a trace has ended",
    "Its reader went away or was too slow, or the time or the sessions that it asked for are over.",
    "With messages dropped: let the reader be faster, then trace again.",
    "endpoint messages dropped"};

}  // namespace journal::message
