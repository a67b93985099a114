#pragma once

#include <cstddef>
#include <optional>

#include "server/coap/block.h"
#include "server/coap/types.h"
#include "server/wire/bytes.h"

namespace coap {

// Which part of a request's body goes next, RFC 7959 §2.5 and §2.9. The body itself stays with the
// request.
class Block1Sender {
  public:
    enum class Step {
        send,      // the current block, again or for the first time
        finished,  // the response is the answer to the whole request
        broken,    // it fits neither RFC 7959 nor what was sent
    };

    Block1Sender(std::size_t body_size, std::size_t preferred_block_size);

    // The option of the current message; nothing when the body fits into one.
    std::optional<Block> option() const;
    wire::BytesView payload(wire::BytesView body) const;

    // What the response to the current message means; moves on to the next block.
    Step on_response(Code, std::optional<Block> block1);

  private:
    Step restart(std::uint8_t szx);

    std::size_t body_size_;
    std::size_t offset_ = 0;
    std::uint8_t szx_;
    bool restarted_ = false;  // after a 4.08
};

}  // namespace coap
