#pragma once

#include <optional>

#include "server/coap/block.h"
#include "server/coap/errc.h"
#include "server/coap/message.h"
#include "server/coap/request.h"

// Between the options of a message and what they say of a request or a response, RFC 7252 §5.
// An option of a length that is not allowed, or repeated though it may not be, counts as not
// recognised (§5.4.3, §5.4.5): passed over when elective, an error when critical.
namespace coap {

// A request without its payload, which may be one block of many.
struct RequestFields {
    Request request;
    std::optional<Block> block1;
    std::optional<Block> block2;
};
Result<RequestFields> read_request(const Message&);

struct ResponseFields {
    std::optional<std::uint16_t> content_format;
    std::optional<wire::Bytes> etag;
    std::optional<Block> block1;
    std::optional<Block> block2;
};
Result<ResponseFields> read_response(const Message&);

// The options of a request of ours; Block1 is left out when there is none. With the first block
// goes Size1, the octets of the whole body (RFC 7959 §4).
void write_options(MessageWriter&, const Request&, std::optional<Block> block2,
                   std::optional<Block> block1, std::size_t body_size);

// What goes with a response, or with one block of it.
struct ResponseOptions {
    wire::BytesView etag;
    std::optional<std::uint16_t> content_format;
    std::optional<Block> block2;
    std::optional<Block> block1;
    std::optional<std::uint32_t> size2;  // octets of the whole body, RFC 7959 §4
};
void write_options(MessageWriter&, const ResponseOptions&);

// Whether two requests are about the same thing, so that one can be a later block of the other:
// RFC 7959 §2.5 keys a body by the endpoint and the options of the cache key.
bool same_resource(const Request&, const Request&);

// The size a writer should expect for them.
std::size_t estimated_size(const Request&);

}  // namespace coap
