// shown = check cursor
// check  = 8HEXDIG       the first octets of SHA-256( list NUL cursor )
// cursor = *( 2HEXDIG )

#include "server/http/cursor.h"

#include "server/crypto/digest.h"
#include "server/wire/bytes.h"

namespace http {
namespace {

constexpr std::size_t check_octets = 4;

std::string check_of(std::string_view list, std::string_view cursor) {
    std::string text(list);
    text += '\0';
    text += cursor;
    const crypto::Sha256 digest = crypto::sha256(wire::as_bytes(text));
    return wire::to_hex(wire::BytesView(digest).first(check_octets));
}

std::optional<unsigned> digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    return std::nullopt;
}

}  // namespace

std::string show_cursor(std::string_view list, std::string_view cursor) {
    return check_of(list, cursor) + wire::to_hex(wire::as_bytes(cursor));
}

std::optional<std::string> read_cursor(std::string_view list, std::string_view shown) {
    if (shown.size() < 2 * check_octets || shown.size() % 2 != 0) return std::nullopt;
    std::string cursor;
    for (std::size_t i = 2 * check_octets; i < shown.size(); i += 2) {
        const auto high = digit(shown[i]);
        const auto low = digit(shown[i + 1]);
        if (!high || !low) return std::nullopt;
        cursor += static_cast<char>(*high << 4 | *low);
    }
    if (shown.substr(0, 2 * check_octets) != check_of(list, cursor)) return std::nullopt;
    return cursor;
}

}  // namespace http
