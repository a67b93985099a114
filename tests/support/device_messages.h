#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/coap/block.h"
#include "server/coap/message.h"
#include "server/coap/transmission.h"
#include "server/wire/time.h"
#include "tests/support/seeded_random.h"

namespace support {

// The messages of a device: its own Confirmable ones until they are acknowledged, its answers until
// nobody can ask for them again. The Random outlives it.
class DeviceMessages {
  public:
    explicit DeviceMessages(SeededRandom& random);

    using Datagrams = std::vector<wire::Bytes>;
    struct Answer {
        coap::Code code = coap::Code::empty;
        std::optional<std::uint16_t> content_format;
        std::string payload;
        std::optional<coap::Block> block1, block2;
    };
    static wire::Bytes encode(coap::Type type, coap::MessageId id, const coap::Token& token,
                              const Answer& answer);

    coap::MessageId next_id() { return coap::MessageId(++last_id_); }
    coap::Token new_token();
    void send_confirmable(coap::MessageId id, wire::Bytes datagram, bool is_request,
                          wire::TimePoint now, Datagrams& out);
    // An ACK or Reset of one; a response to the request under way.
    void acknowledged(coap::MessageId id) { outstanding_.erase(id); }
    void request_answered();
    void forget_own() { outstanding_.clear(); }

    // The reply to a message that was seen before; null: it is new.
    const wire::Bytes* seen(coap::MessageId id) const;
    void remember(coap::MessageId id, wire::Bytes reply, wire::TimePoint now);

    // Sends again what is due. True: a request was given up.
    bool on_timer(wire::TimePoint now, Datagrams& out);
    std::optional<wire::TimePoint> next_deadline() const;

    // Its power was off: nothing is remembered, and the Message IDs begin anew.
    void reboot();

  private:
    struct Outstanding {
        wire::Bytes datagram;
        wire::TimePoint next{};
        wire::Duration timeout{};
        unsigned sent = 0;
        bool is_request = false;
    };
    struct Handled {
        wire::Bytes reply;
        wire::TimePoint until{};
    };

    SeededRandom& random_;
    coap::Transmission transmission_;
    std::uint16_t first_id_;
    std::uint16_t last_id_;
    std::map<coap::MessageId, Outstanding> outstanding_;
    std::map<coap::MessageId, Handled> handled_;
};

}  // namespace support
