#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "server/coap/message.h"
#include "tests/support/lossy_link.h"

namespace flows {

// Loses datagrams of the n-th exchange of the server, counted from 0: its requests are told apart
// by what they ask for, its answers by the tokens of those requests. A Finish in a new exchange is
// the same to whom it is lost on, one after a repair is not.
class ExchangeLoss {
  public:
    ExchangeLoss(std::size_t exchange, support::Direction direction)
        : exchange_(exchange), direction_(direction) {}

    bool operator()(support::Direction direction, wire::BytesView datagram, wire::TimePoint);

  private:
    std::size_t exchange_;
    support::Direction direction_;
    std::size_t count_ = 0;
    std::string latest_;
    std::vector<coap::Token> tokens_;
};

}  // namespace flows
