#include "server/coap/block1_sender.h"

#include <algorithm>

namespace coap {

Block1Sender::Block1Sender(std::size_t body_size, std::size_t preferred_block_size)
    : body_size_(body_size), szx_(szx_for(preferred_block_size)) {}

std::optional<Block> Block1Sender::option() const {
    const std::size_t size = Block{0, false, szx_}.size();
    if (body_size_ <= size) return std::nullopt;
    return Block{static_cast<std::uint32_t>(offset_ / size), offset_ + size < body_size_, szx_};
}

wire::BytesView Block1Sender::payload(wire::BytesView body) const {
    const wire::BytesView rest = body.subspan(std::min(offset_, body.size()));
    return rest.first(std::min(rest.size(), Block{0, false, szx_}.size()));
}

Block1Sender::Step Block1Sender::on_response(Code code, std::optional<Block> block1) {
    const auto sent = option();
    // "The response … MAY include a Block1 Option with a smaller size", §2.9.3.
    if (code == Code::request_entity_too_large && block1 && block1->szx < szx_ &&
        body_size_ > block1->size())
        return restart(block1->szx);
    if (!sent) return code == Code::continue_ ? Step::broken : Step::finished;

    if (code == Code::request_entity_incomplete && !restarted_) {
        restarted_ = true;
        return restart(szx_);
    }
    if (!is_success(code)) return Step::finished;
    if (block1 && block1->number != sent->number) return Step::broken;
    if (!sent->more) return code == Code::continue_ ? Step::broken : Step::finished;
    // A success without the option would mean that a part was taken for the whole.
    if (!block1) return Step::broken;
    // The block that was sent counts at its size; a smaller one holds from the next on, §2.3.
    offset_ += sent->size();
    szx_ = std::min(szx_, block1->szx);
    return Step::send;
}

Block1Sender::Step Block1Sender::restart(std::uint8_t szx) {
    szx_ = szx;
    offset_ = 0;
    return Step::send;
}

}  // namespace coap
