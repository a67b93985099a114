#include "server/coap/types.h"

#include <algorithm>

namespace coap {

std::string to_string(Code code) {
    const unsigned detail = code_detail(code);
    std::string text = std::to_string(code_class(code)) + '.';
    if (detail < 10) text += '0';
    return text + std::to_string(detail);
}

std::optional<Token> Token::from(wire::BytesView octets) {
    Token token;
    if (octets.size() > token.octets_.size()) return std::nullopt;
    std::copy(octets.begin(), octets.end(), token.octets_.begin());
    token.size_ = static_cast<std::uint8_t>(octets.size());
    return token;
}

}  // namespace coap
