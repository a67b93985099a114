#include "server/coap/block2_receiver.h"

#include <algorithm>

namespace coap {

Block2Receiver::Block2Receiver(std::size_t body_limit, std::size_t preferred_block_size)
    : body_limit_(body_limit), szx_(szx_for(preferred_block_size)) {}

Block2Receiver::Step Block2Receiver::on_response(Code code, ResponseFields fields,
                                                 wire::BytesView payload) {
    const bool first = !next_;
    // An error in the middle is the answer to the whole; what came before it is worth nothing.
    if (first || !is_success(code)) {
        response_ = Response{code, fields.content_format, {}};
        etag_ = std::move(fields.etag);
        if (!fields.block2 || !is_success(code)) return append(payload);
    } else {
        // "the client … MUST … compare the ETag", §2.4.
        if (!fields.block2 || code != response_.code || fields.etag != etag_) return Step::broken;
    }

    const Block& block = *fields.block2;
    if (block.offset() != response_.payload.size()) return Step::broken;
    if (block.more ? payload.size() != block.size() : payload.size() > block.size())
        return Step::broken;
    if (const Step step = append(payload); step != Step::complete || !block.more) return step;

    // Both sizes are powers of two, so the octets so far are whole blocks of the smaller one, too.
    szx_ = std::min(szx_, block.szx);
    const std::size_t number = response_.payload.size() / Block{0, false, szx_}.size();
    if (number > max_block_number) return Step::too_large;
    next_ = Block{static_cast<std::uint32_t>(number), false, szx_};
    return Step::ask;
}

Block2Receiver::Step Block2Receiver::append(wire::BytesView payload) {
    wire::Bytes& body = response_.payload;
    if (body.size() + payload.size() > body_limit_) return Step::too_large;
    body.insert(body.end(), payload.begin(), payload.end());
    return Step::complete;
}

}  // namespace coap
