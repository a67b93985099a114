#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/coap/message.h"
#include "server/wire/time.h"
#include "tests/support/device_messages.h"
#include "tests/support/habits.h"

namespace support {

// How a device asks for its bootstrap: for a pack, with pct, without it, and when it returns. What
// it is given outlives it.
class DeviceAsking {
  public:
    DeviceAsking(std::string endpoint, const Habits& habits, DeviceMessages& messages)
        : endpoint_(std::move(endpoint)), habits_(habits), messages_(messages) {}

    void begin(wire::TimePoint now, DeviceMessages::Datagrams& out);
    // Of a Bootstrap-Server, as `acc` is to name them.
    void name_accounts(std::vector<model::InstanceId> accounts) { accounts_ = std::move(accounts); }

    enum class Heard {
        nothing,  // not of its request, or more of the pack is to come
        granted,
        refused,  // for now: it may return
        packed,   // pack() has it
    };
    Heard on_response(const coap::Message& message, wire::TimePoint now,
                      DeviceMessages::Datagrams& out);
    // Retransmissions of the request are exhausted.
    void on_silence(wire::TimePoint now, DeviceMessages::Datagrams& out);
    // Returns true when it came back.
    bool on_timer(wire::TimePoint now, DeviceMessages::Datagrams& out);
    std::optional<wire::TimePoint> next_deadline() const { return returns_at_; }
    // Nothing more is asked for.
    void stop();

    bool is_waiting() const { return stage_ != Stage::none; }
    std::optional<coap::Code> code() const { return code_; }
    struct Pack {
        std::uint16_t format = 0;
        std::string payload;
    };
    const Pack& pack() const { return pack_; }
    // "GET /bspack", "POST /bs?pct", "POST /bs", in their order.
    const std::vector<std::string>& sent() const { return sent_; }

  private:
    enum class Stage { none, pack, with_format, plain };
    void send(Stage stage, wire::TimePoint now, DeviceMessages::Datagrams& out);
    Heard on_pack(const coap::Message& message, wire::TimePoint now,
                  DeviceMessages::Datagrams& out);

    std::string endpoint_;
    const Habits& habits_;
    std::vector<model::InstanceId> accounts_{habits_.account};
    DeviceMessages& messages_;
    Stage stage_ = Stage::none;
    coap::Token token_;
    std::optional<coap::Code> code_;
    unsigned times_ = 0;
    std::optional<wire::TimePoint> returns_at_;
    wire::Duration pause_{};
    Pack pack_;
    std::vector<std::string> sent_;
};

}  // namespace support
