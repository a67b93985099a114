#pragma once

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/bootstrap/peer.h"
#include "server/coap/message.h"
#include "tests/support/sample.h"
#include "tests/support/seeded_random.h"

namespace bootstrap {

inline const coap::Token device_token = *coap::Token::from(wire::as_bytes("tok"));

// One peer and what it sent and told since the last step.
class PeerTest : public testing::Test {
  protected:
    explicit PeerTest(std::size_t block_size = 1024)
        : settings_(settings_with_patience(block_size)) {}
    static PeerSettings settings_with_patience(std::size_t block_size) {
        PeerSettings settings;
        settings.coap.block_size = block_size;
        settings.separate_after = std::chrono::seconds(1);
        settings.admission_wait = std::chrono::seconds(60);
        return settings;
    }

    void clear() {
        out_.datagrams.clear();
        out_.events.clear();
    }
    void receive(const wire::Bytes& datagram) {
        clear();
        peer_.receive(datagram, now_, out_);
    }
    void pass(wire::Duration time) {
        clear();
        now_ += time;
        peer_.on_timer(now_, out_);
    }
    static wire::Bytes request(std::uint16_t id, const std::string& endpoint,
                               coap::Type type = coap::Type::confirmable,
                               coap::Code method = coap::Code::post,
                               const std::string& path = "bs") {
        coap::MessageWriter writer(type, method, coap::MessageId(id), device_token);
        writer.option(coap::OptionNumber::uri_path, wire::as_bytes(path));
        writer.option(coap::OptionNumber::uri_query, wire::as_bytes("ep=" + endpoint));
        return writer.take();
    }
    void admit(const SessionId& id) {
        clear();
        peer_.admit(assignment(), id, now_, out_);
    }
    static provisioning::Assignment assignment() {
        return support::assignment(support::fixed_profile(), support::sample_device("a", true));
    }
    // "ACK 2.04", "CON DELETE", … of what was sent.
    std::vector<std::string> sent() const {
        std::vector<std::string> names;
        for (const auto& datagram : out_.datagrams) {
            const auto message = coap::decode(datagram);
            EXPECT_TRUE(message);
            static constexpr std::array types = {"CON ", "NON ", "ACK ", "RST "};
            std::string name = types[static_cast<std::size_t>(message->type)];
            if (message->code == coap::Code::post) {
                name += "POST";
            } else if (message->code == coap::Code::put) {
                name += "PUT";
            } else if (message->code == coap::Code::delete_) {
                name += "DELETE";
            } else {
                name += coap::to_string(message->code);
            }
            names.push_back(name);
        }
        return names;
    }
    // A piggybacked answer to the request sent last.
    void answer(coap::Code code) {
        const wire::Bytes last = out_.datagrams.back();
        const auto message = coap::decode(last);
        receive(coap::MessageWriter(coap::Type::acknowledgement, code, message->id, message->token)
                    .take());
    }
    void acknowledge_last() {
        const wire::Bytes last = out_.datagrams.back();
        receive(coap::encode_empty(coap::Type::acknowledgement, coap::decode(last)->id));
    }
    template <class Event>
    const Event* told() const {
        for (const auto& event : out_.events) {
            if (const auto* found = std::get_if<Event>(&event)) return found;
        }
        return nullptr;
    }
    std::string ended() const {
        const auto* event = told<Peer::SessionEnded>();
        return event ? event->session + " " + std::string(to_string(*event->report.outcome)) : "";
    }

    PeerSettings settings_;
    support::SeededRandom random_{7};
    wire::TimePoint now_{std::chrono::seconds(5000)};
    Peer peer_{settings_, random_, Transport{true, {1, 2}}};
    Peer::Output out_;
};

}  // namespace bootstrap
