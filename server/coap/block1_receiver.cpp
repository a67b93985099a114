#include "server/coap/block1_receiver.h"

#include "server/coap/fields.h"

namespace coap {

Block1Receiver::Step Block1Receiver::on_block(const Request& fields, const Block& block,
                                              wire::BytesView payload, std::size_t body_limit) {
    if (block.number == 0) body_.clear();
    if (!same_resource(fields, fields_) || block.offset() != body_.size())
        return Refuse{Code::request_entity_incomplete};
    if (block.more ? payload.size() != block.size() : payload.size() > block.size())
        return Refuse{Code::bad_request};
    if (body_.size() + payload.size() > body_limit) return Refuse{Code::request_entity_too_large};
    body_.insert(body_.end(), payload.begin(), payload.end());
    if (block.more) return Continue{};
    return Complete{std::move(body_)};
}

}  // namespace coap
