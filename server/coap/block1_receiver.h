#pragma once

#include <cstddef>
#include <variant>

#include "server/coap/block.h"
#include "server/coap/request.h"
#include "server/wire/bytes.h"
#include "server/wire/time.h"

namespace coap {

// Puts the blocks of one request of the peer together, RFC 7959 §2.5: acted on as a whole or not
// at all.
class Block1Receiver {
  public:
    struct Refuse {
        Code code;  // 4.00, 4.08 or 4.13
    };
    struct Continue {};  // 2.31
    struct Complete {
        wire::Bytes body;
    };
    using Step = std::variant<Refuse, Continue, Complete>;

    // The request's fields tell one body from another; they must be the same in every block.
    explicit Block1Receiver(Request fields) : fields_(std::move(fields)) {}

    // A block 0 begins anew. After Refuse and Complete there is nothing more to receive.
    Step on_block(const Request& fields, const Block&, wire::BytesView payload,
                  std::size_t body_limit);

    std::size_t memory() const { return body_.capacity(); }

  private:
    Request fields_;  // its payload stays empty
    wire::Bytes body_;
};

}  // namespace coap
