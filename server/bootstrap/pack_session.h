#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <boost/system/result.hpp>

#include "server/bootstrap/session.h"

namespace bootstrap {

// The whole configuration as one payload; LwM2M Core §6.1.7.7. It carries keys.
struct Pack {
    std::uint16_t content_format = 0;
    wire::Bytes payload;
};
// The error is why there is none, for people. In the format that was asked for, else SenML CBOR.
boost::system::result<Pack, std::string> make_pack(const provisioning::Assignment&, const Asked&,
                                                   std::size_t max_payload, wire::Random&);

// The session of a Bootstrap-Pack-Request: its one answer, from the first block to the last. The
// device says nothing of what it makes of it, no Finish follows. Pure; used by one thread.
class PackSession {
  public:
    explicit PackSession(const SessionSettings& settings) : settings_(&settings) {}

    // The answer to the request: 2.05, or 5.01 where there is no pack; then the session has ended.
    coap::Response start(boost::system::result<Pack, std::string>, wire::TimePoint now);
    // The answer left in one message: nothing more will be known of it.
    void left(wire::TimePoint now);
    // All of the answer was fetched or acknowledged, or it will not be any more.
    void settled(bool delivered, wire::TimePoint now);
    void transport_lost(std::string reason);
    void stop(Session::Stop, std::string reason);
    void on_timer(wire::TimePoint now);
    wire::TimePoint next_deadline() const { return report_.started + settings_->deadline; }

    bool has_ended() const { return report_.outcome.has_value(); }
    const SessionReport& report() const { return report_; }

  private:
    void end(Outcome, std::string cause);

    const SessionSettings* settings_;
    SessionReport report_;
};

}  // namespace bootstrap
