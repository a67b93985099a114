#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/bootstrap/outcome.h"
#include "server/coap/block.h"
#include "server/coap/message.h"
#include "server/coap/request.h"
#include "server/coap/transmission.h"
#include "server/wire/time.h"
#include "tests/support/contents.h"
#include "tests/support/seeded_random.h"

namespace support {

// How a device behaves where the specification leaves room, or where real ones ignore it.
struct Habits {
    enum class Links { bare, root, quoted, spaced };
    model::InstanceId account = 0;      // of its Bootstrap-Server in /0
    Links links = Links::root;          // how its Discover answer begins and is written
    bool knows_discover = true;         // else 4.00, as old Wakaama
    bool merges_writes = false;         // into an instance that is there (Anjay)
    bool keeps_without_finish = false;  // the change request's reading; else it rolls back
    bool missing_is_not_found = false;  // Delete of nothing: 4.04 (Wakaama); else 2.02
    bool answers_separately = false;
    bool accepts_unasked = false;                  // operations although it did not ask
    bool closes_after_finish = true;               // nothing is heard afterwards; else late_finish
    coap::Code late_finish = coap::Code::changed;  // to a Finish it no longer waits for (Anjay)
    std::optional<coap::Code> finish_code;         // instead of 2.04: it is not content
    std::map<std::string, coap::Code> refuses;     // "PUT /1/0" → code, not executed
    std::optional<std::uint8_t> discover_szx;      // its Discover answers come in such blocks
    wire::Duration lifetime = std::chrono::seconds(247);  // its EXCHANGE_LIFETIME
    unsigned asks = 5;                                    // Bootstrap-Requests until it gives up
};

// A LwM2M device in memory: datagrams and time in, datagrams out. It holds Object Instances,
// answers the Bootstrap interface, deduplicates, retransmits, and goes back to what it had when
// its own timer runs out without a Finish. The Random outlives it.
class SimulatedDevice {
  public:
    SimulatedDevice(std::string endpoint, Habits, SeededRandom&);

    using Datagrams = std::vector<wire::Bytes>;
    // Sends a Bootstrap-Request; what was under way is given up.
    void ask(wire::TimePoint now, Datagrams& out);
    void receive(wire::BytesView datagram, wire::TimePoint now, Datagrams& out);
    void on_timer(wire::TimePoint now, Datagrams& out);
    std::optional<wire::TimePoint> next_deadline() const;

    // Its socket is closed: a datagram to it is answered by ICMP.
    bool is_closed() const { return closed_; }
    std::optional<coap::Code> request_code() const { return request_code_; }
    const Contents& contents() const { return contents_; }
    // "DELETE /", "PUT /1/0", "POST /bs" in the order of their taking effect.
    const std::vector<std::string>& executed() const { return executed_; }

    // Compared with what it held at first: `planned` are the instances of the profile, and with
    // `alone` nothing else may be there but its own account and /3/0.
    bootstrap::DeviceState state(const Contents& planned, bool alone) const;

  private:
    struct Outstanding {  // a Confirmable message of its own
        wire::Bytes datagram;
        wire::TimePoint next{};
        wire::Duration timeout{};
        unsigned sent = 0;
        bool is_request = false;
    };
    struct Handled {  // a request it has seen
        wire::Bytes reply;
        wire::TimePoint until{};
    };
    struct Answer {
        coap::Code code = coap::Code::empty;
        std::optional<std::uint16_t> content_format;
        std::string payload;
        std::optional<coap::Block> block1, block2;
    };

    void send_request(wire::TimePoint now, Datagrams& out);
    void send_confirmable(coap::MessageId, wire::Bytes, bool is_request, wire::TimePoint now,
                          Datagrams& out);
    void on_reply(const coap::Message&, wire::TimePoint now, Datagrams& out);
    void on_request(const coap::Message&, wire::TimePoint now, Datagrams& out);
    Answer perform(const coap::Message&, wire::TimePoint now);
    Answer discover(const std::optional<coap::Block>& wanted) const;
    Answer remove(const std::vector<std::string>& path);
    Answer write(const std::vector<std::string>& path, const coap::Request&);
    Answer finish();
    void settle();
    wire::Bytes encode(coap::Type, coap::MessageId, const coap::Token&, const Answer&) const;
    bool is_own(const model::Path&) const;
    coap::MessageId next_id();

    std::string endpoint_;
    Habits habits_;
    SeededRandom& random_;
    coap::Transmission transmission_;

    Contents contents_, initial_, snapshot_;
    std::vector<std::string> executed_;
    bool asked_ = false;  // and operations may follow
    bool bootstrapping_ = false;
    bool touched_ = false;  // a Delete or Write took effect
    bool closed_ = false;
    wire::TimePoint expires_{};  // without another operation
    wire::Bytes body_;           // of a Write in blocks

    std::uint16_t last_id_;
    coap::Token request_token_;
    std::optional<coap::Code> request_code_;
    unsigned asked_times_ = 0;
    std::map<coap::MessageId, Outstanding> outstanding_;
    std::map<coap::MessageId, Handled> handled_;
};

}  // namespace support
