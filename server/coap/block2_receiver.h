#pragma once

#include <cstddef>
#include <optional>

#include "server/coap/block.h"
#include "server/coap/fields.h"
#include "server/coap/request.h"
#include "server/wire/bytes.h"

namespace coap {

// Puts the blocks of one response together, RFC 7959 §2.4.
class Block2Receiver {
  public:
    enum class Step {
        ask,        // for next()
        complete,   // take() has the response
        too_large,  // above the limit
        broken,     // a gap, another representation, or no Block2 where there must be one
    };

    Block2Receiver(std::size_t body_limit, std::size_t preferred_block_size);

    Step on_response(Code, ResponseFields, wire::BytesView payload);

    // The option of the request for the next block; nothing before the first response.
    std::optional<Block> next() const { return next_; }
    Response take() { return std::move(response_); }
    std::size_t memory() const { return response_.payload.capacity(); }

  private:
    Step append(wire::BytesView payload);

    std::size_t body_limit_;
    std::uint8_t szx_;
    Response response_;
    std::optional<wire::Bytes> etag_;
    std::optional<Block> next_;
};

}  // namespace coap
