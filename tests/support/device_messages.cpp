#include "tests/support/device_messages.h"

#include <array>
#include <utility>

namespace support {

using coap::OptionNumber;

DeviceMessages::DeviceMessages(SeededRandom& random)
    : random_(random),
      first_id_(static_cast<std::uint16_t>(random.next_u32())),
      last_id_(first_id_) {}

wire::Bytes DeviceMessages::encode(coap::Type type, coap::MessageId id, const coap::Token& token,
                                   const Answer& answer) {
    coap::MessageWriter writer(type, answer.code, id, token);
    if (answer.content_format) {
        writer.option(OptionNumber::content_format, std::uint32_t{*answer.content_format});
    }
    if (answer.block2) writer.option(OptionNumber::block2, answer.block2->value());
    if (answer.block1) writer.option(OptionNumber::block1, answer.block1->value());
    writer.payload(wire::as_bytes(answer.payload));
    return writer.take();
}

coap::Token DeviceMessages::new_token() {
    std::array<std::uint8_t, 4> token{};
    random_.fill(token);
    return *coap::Token::from(token);
}

void DeviceMessages::send_confirmable(coap::MessageId id, wire::Bytes datagram, bool is_request,
                                      wire::TimePoint now, Datagrams& out) {
    Outstanding& message = outstanding_[id];
    message.datagram = std::move(datagram);
    message.is_request = is_request;
    message.timeout = std::chrono::duration_cast<wire::Duration>(transmission_.ack_timeout *
                                                                 (1 + random_.next_unit() / 2));
    message.next = now + message.timeout;
    out.push_back(message.datagram);
}

void DeviceMessages::request_answered() {
    std::erase_if(outstanding_, [](const auto& entry) { return entry.second.is_request; });
}

const wire::Bytes* DeviceMessages::seen(coap::MessageId id) const {
    const auto known = handled_.find(id);
    return known == handled_.end() ? nullptr : &known->second.reply;
}

void DeviceMessages::remember(coap::MessageId id, wire::Bytes reply, wire::TimePoint now) {
    handled_[id] = {std::move(reply), now + transmission_.exchange_lifetime()};
}

bool DeviceMessages::on_timer(wire::TimePoint now, Datagrams& out) {
    bool request_given_up = false;
    for (auto it = outstanding_.begin(); it != outstanding_.end();) {
        Outstanding& message = it->second;
        if (now < message.next) {
            ++it;
        } else if (message.sent < transmission_.max_retransmit) {
            ++message.sent;
            message.timeout *= 2;
            message.next = now + message.timeout;
            out.push_back(message.datagram);
            ++it;
        } else {
            request_given_up |= message.is_request;
            it = outstanding_.erase(it);
        }
    }
    std::erase_if(handled_, [&](const auto& entry) { return now >= entry.second.until; });
    return request_given_up;
}

std::optional<wire::TimePoint> DeviceMessages::next_deadline() const {
    std::optional<wire::TimePoint> earliest;
    for (const auto& [id, message] : outstanding_) {
        if (!earliest || message.next < *earliest) earliest = message.next;
    }
    return earliest;
}

void DeviceMessages::reboot() {
    outstanding_.clear();
    handled_.clear();
    last_id_ = first_id_;
}

}  // namespace support
