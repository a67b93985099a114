#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "server/coap/block.h"
#include "server/coap/request.h"
#include "server/wire/bytes.h"

namespace coap {

// A response of ours that is too long for one message, while the peer fetches it block by block,
// RFC 7959 §2.4. It holds one representation from the first block to the last and says which one
// by its ETag. The payload may carry keys: it is wiped when the sender goes.
class Block2Sender {
  public:
    using Etag = std::array<std::uint8_t, 8>;

    Block2Sender(Response, std::size_t preferred_block_size);
    ~Block2Sender();
    Block2Sender(const Block2Sender&) = delete;
    Block2Sender& operator=(const Block2Sender&) = delete;

    struct Part {
        Block block;
        wire::BytesView payload;  // lives as long as the sender
    };
    // What a request for that block is answered by, in the smaller of the wanted and our size;
    // nothing beyond the end.
    std::optional<Part> part(const Block& wanted);

    // Every octet has left.
    bool is_done() const { return left_ == response_.payload.size(); }
    Code code() const { return response_.code; }
    std::optional<std::uint16_t> content_format() const { return response_.content_format; }
    const Etag& etag() const { return etag_; }
    std::size_t size() const { return response_.payload.size(); }
    std::size_t memory() const { return response_.payload.capacity(); }

  private:
    Response response_;
    Etag etag_;
    std::uint8_t szx_;
    std::size_t left_ = 0;  // so many octets without a gap
};

}  // namespace coap
