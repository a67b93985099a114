#include "tests/flows/exchange_loss.h"

#include <algorithm>
#include <utility>

namespace flows {
namespace {

using support::Direction;

std::string what(const coap::Message& message) {
    std::string text = std::to_string(static_cast<int>(message.code));
    for (const auto& option : message.options) text += "/" + wire::to_hex(option.value);
    return text;
}

}  // namespace

bool ExchangeLoss::operator()(Direction direction, wire::BytesView datagram, wire::TimePoint) {
    const auto message = coap::decode(datagram);
    if (!message) return false;
    if (direction == Direction::to_device && coap::is_request(message->code)) {
        if (std::string it = what(*message); it != latest_) {
            latest_ = std::move(it);
            ++count_;
        }
        const bool is_meant = count_ == exchange_ + 1;
        if (is_meant) tokens_.push_back(message->token);
        return is_meant && direction_ == direction;
    }
    return direction == Direction::to_server && coap::is_response(message->code) &&
           direction_ == direction && std::ranges::find(tokens_, message->token) != tokens_.end();
}

}  // namespace flows
