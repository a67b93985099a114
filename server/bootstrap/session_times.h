#pragma once

#include "server/coap/transmission.h"
#include "server/wire/time.h"

namespace bootstrap {

// When what may still be sent in a session. The device's timer starts when it receives a message,
// with its own transmission parameters; t0 is the first transmission of the last operation that
// was answered well (or of a Finish that was answered 4.06), D the device's EXCHANGE_LIFETIME: it
// expires no earlier than t0 + D. Before anything was answered t0 is the session's start. An
// operation that was refused leaves t0 where it was, as a device need not count it.
//
//   t0 ──────────────── latest_start ───────────── latest_transmission ─────────────── expiry
//      operations begin              they are sent again,            nothing is sent,
//                                    a Finish also anew              an answer may come
//
// Of an operation in blocks t0 is the first transmission of the last block, as the device carries
// it out no earlier. A block that is not the last need not set its timer back either, so every
// block has to leave by latest_transmission: a long Write over a slow link ends as
// deadline_exceeded rather than reach a device that has rolled back and takes its last block for
// the beginning of something new.
class SessionTimes {
  public:
    // The Transmission is ours and outlives it.
    SessionTimes(const coap::Transmission& transmission, wire::Duration deadline,
                 double device_exchange_lifetime);

    void start(wire::TimePoint now) { started_ = answered_from_ = now; }
    void answered(wire::TimePoint first_transmission) { answered_from_ = first_transmission; }

    wire::TimePoint started() const { return started_; }
    wire::TimePoint deadline() const { return started_ + deadline_; }
    // t0 + D
    wire::TimePoint expiry() const { return answered_from_ + lifetime_; }
    // t0 + D - MAX_LATENCY
    wire::TimePoint latest_transmission() const { return expiry() - transmission_->max_latency; }
    // t0 + D - MAX_LATENCY - MAX_TRANSMIT_SPAN
    wire::TimePoint latest_start() const {
        return latest_transmission() - transmission_->max_transmit_span();
    }
    bool may_start(wire::TimePoint now) const { return now < deadline() && now <= latest_start(); }

  private:
    const coap::Transmission* transmission_;
    wire::Duration deadline_;
    wire::Duration lifetime_;
    wire::TimePoint started_{};
    wire::TimePoint answered_from_{};
};

}  // namespace bootstrap
