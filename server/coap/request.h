#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/coap/types.h"
#include "server/wire/bytes.h"
#include "server/wire/time.h"

namespace coap {

// A request as its user sees it: whole, not cut into blocks.
struct Request {
    Code method = Code::get;
    std::vector<std::string> path;     // Uri-Path segments
    std::vector<std::string> queries;  // Uri-Query, "ep=…"
    std::optional<std::uint16_t> content_format;
    std::optional<std::uint16_t> accept;
    wire::Bytes payload;
};

struct Response {
    Code code = Code::empty;
    std::optional<std::uint16_t> content_format;
    wire::Bytes payload;
};

// One of our requests to the peer, from request() to its one end event.
enum class ExchangeId : std::uint64_t {};

// Why one of our requests ended without a response.
enum class Failure {
    no_answer,           // retransmissions exhausted, RFC 7252 §4.2
    no_response,         // acknowledged by an empty ACK, then silence
    reset,               // answered by a Reset
    transmission_bound,  // RequestBounds::no_transmission_after came first, then silence
    response_too_large,  // a block-wise answer above Limits::body
    bad_response,        // an answer that breaks RFC 7252 or 7959
};

struct RequestBounds {
    // No transmission, first or repeated, leaves after this; without it none is forbidden.
    std::optional<wire::TimePoint> no_transmission_after;
    // The exchange ends as failed at this time at the latest.
    std::optional<wire::TimePoint> give_up_at;
};

// How an exchange went on the wire.
struct ExchangeTimes {
    wire::TimePoint first_sent{};       // first transmission of its first message
    wire::TimePoint last_block_sent{};  // first transmission of the message whose answer ended it
    unsigned retransmissions = 0;       // over all its messages
    // Some message of it was acknowledged or answered; a Reset is neither.
    bool answered_once = false;
    // The message that ended it left more than once: the peer may have acted on an earlier one.
    bool last_message_repeated = false;
};

}  // namespace coap
