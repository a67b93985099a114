#include "server/coap/block2_sender.h"

#include <algorithm>
#include <cstring>

#include "server/coap/fingerprint.h"

namespace coap {
namespace {

// One for each representation: who fetches half of one and half of another can tell.
Block2Sender::Etag etag_of(const Response& response) {
    std::uint64_t digest = fingerprint({}, response.payload);
    Block2Sender::Etag etag{};
    for (std::uint8_t& octet : etag) {
        octet = static_cast<std::uint8_t>(digest);
        digest >>= 8;
    }
    return etag;
}

}  // namespace

Block2Sender::Block2Sender(Response response, std::size_t preferred_block_size)
    : response_(std::move(response)),
      etag_(etag_of(response_)),
      szx_(szx_for(preferred_block_size)) {}

Block2Sender::~Block2Sender() {
    // A plain overwrite before the release would be optimised away.
    if (!response_.payload.empty())
        explicit_bzero(response_.payload.data(), response_.payload.size());
}

std::optional<Block2Sender::Part> Block2Sender::part(const Block& wanted) {
    const wire::BytesView body = response_.payload;
    const std::size_t offset = wanted.offset();
    if (offset >= body.size()) return std::nullopt;
    // Sizes are powers of two: what begins a large block begins a small one, too, §2.3.
    Block block{0, false, std::min(wanted.szx, szx_)};
    const std::size_t number = offset / block.size();
    if (number > max_block_number) return std::nullopt;
    block.number = static_cast<std::uint32_t>(number);
    const std::size_t end = std::min(offset + block.size(), body.size());
    block.more = end < body.size();
    if (offset <= left_) left_ = std::max(left_, end);
    return Part{block, body.subspan(offset, end - offset)};
}

}  // namespace coap
