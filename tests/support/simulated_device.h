#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/bootstrap/outcome.h"
#include "server/coap/fields.h"
#include "server/coap/message.h"
#include "server/wire/time.h"
#include "tests/support/contents.h"
#include "tests/support/device_asking.h"
#include "tests/support/device_messages.h"
#include "tests/support/device_store.h"
#include "tests/support/habits.h"
#include "tests/support/seeded_random.h"

namespace support {

// A LwM2M device in memory: datagrams and time in, datagrams out. It holds Object Instances,
// answers the Bootstrap interface, deduplicates, retransmits, and goes back to what it had when
// its own timer runs out without a Finish. The Random outlives it.
class SimulatedDevice {
  public:
    SimulatedDevice(std::string endpoint, Habits, SeededRandom&);
    SimulatedDevice(const SimulatedDevice&) = delete;
    SimulatedDevice& operator=(const SimulatedDevice&) = delete;

    using Datagrams = DeviceMessages::Datagrams;
    // Sends a Bootstrap-Request; what was under way is given up.
    void ask(wire::TimePoint now, Datagrams& out);
    // Its power goes off and on: it asks again, with the Message IDs that it began with.
    void reboot_and_ask(wire::TimePoint now, Datagrams& out);
    void receive(wire::BytesView datagram, wire::TimePoint now, Datagrams& out);
    void on_timer(wire::TimePoint now, Datagrams& out);
    std::optional<wire::TimePoint> next_deadline() const;

    // What is under way is given up, as if no Finish had come in time.
    void give_up();
    // Power off, and it is as it left the factory.
    void factory_reset();
    // In the place of what it left the factory with.
    void hold(DeviceStore::Held held) { store_.hold(std::move(held)); }
    const DeviceStore::Held& held() const { return store_.held(); }
    // Its accounts with Bootstrap-Servers, the one that it uses first; and what they would be if
    // nothing more came.
    std::vector<DeviceStore::Account> accounts() const { return store_.accounts(); }
    std::vector<DeviceStore::Account> accounts_if_left_alone() const {
        return bootstrapping_ ? store_.accounts_without_finish() : store_.accounts();
    }
    bool is_bootstrapping() const { return bootstrapping_; }
    // No Finish came, and its accounts went back to what they had been, or stayed as written.
    std::size_t times_rolled_back() const { return times_rolled_back_; }
    std::size_t times_kept() const { return times_kept_; }

    // Its socket is closed: a datagram to it is answered by ICMP.
    bool is_closed() const { return closed_; }
    // Of its latest request.
    std::optional<coap::Code> request_code() const { return asking_.code(); }
    const std::vector<std::string>& requests() const { return asking_.sent(); }
    Contents contents() const { return store_.contents(); }
    // "DELETE /", "PUT /1/0", "POST /bs" in the order of their taking effect.
    const std::vector<std::string>& executed() const { return executed_; }
    // Of every operation that came, executed or not: "GET /1?ver=1.1".
    const std::vector<std::string>& operations() const { return operations_; }
    // A Read that came first, which Anjay counts as an error in hold-off.
    bool was_read_first() const { return was_read_first_; }

    bootstrap::DeviceState state(const Contents& planned, bool alone) const {
        return store_.state(planned, alone);
    }

  private:
    using Answer = DeviceMessages::Answer;

    void on_reply(const coap::Message&, wire::TimePoint now, Datagrams& out);
    void on_request(const coap::Message&, wire::TimePoint now, Datagrams& out);
    Answer perform(const coap::Message&, wire::TimePoint now);
    // The refusal of an operation that it does not wait for; nothing: it is carried out.
    std::optional<coap::Code> begin(bool is_finish, wire::TimePoint now);
    // What is not the last block of a Write; the others get their whole body.
    std::optional<Answer> gather(coap::RequestFields&, wire::BytesView payload);
    Answer carry_out(const coap::RequestFields&, const std::string& name);
    Answer look(const coap::RequestFields&);
    coap::Code finish();
    void settle();

    Habits habits_;
    DeviceMessages messages_;
    DeviceStore store_;
    DeviceAsking asking_;

    std::vector<std::string> executed_, operations_;
    bool asked_ = false;    // and operations may follow
    bool granted_ = false;  // the 2.04 came
    bool bootstrapping_ = false;
    bool plays_dead_ = false;
    bool closed_ = false;
    bool was_read_first_ = false;
    std::size_t times_rolled_back_ = 0;
    std::size_t times_kept_ = 0;
    wire::TimePoint expires_{};  // without another operation
    wire::Bytes body_;           // of a Write in blocks
};

}  // namespace support
