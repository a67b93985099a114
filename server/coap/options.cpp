// Options, RFC 7252 §3.1:
//
//      0   1   2   3   4   5   6   7
//    +---------------+---------------+
//    |     delta     |    length     |   1 octet
//    +---------------+---------------+
//    /    delta (extended)           /   0 to 2 octets
//    /    length (extended)          /   0 to 2 octets
//    /    value                      /   length octets
//    +-------------------------------+
//
// 0 to 12 stand for themselves, 13 for one octet + 13, 14 for two octets + 269; 15 is kept for the
// payload marker 0xFF, which ends the list. A number is the sum of the deltas so far.

#include "server/coap/options.h"

namespace coap {
namespace {

constexpr std::uint8_t payload_marker = 0xFF;

// The value that a nibble stands for; nothing when the octets for it are missing.
std::optional<std::uint32_t> extended(wire::Reader& in, unsigned nibble) {
    if (nibble < 13) return nibble;
    if (nibble == 13) {
        const auto octet = in.u8();
        if (!octet) return std::nullopt;
        return *octet + 13U;
    }
    const auto octets = in.u16();
    if (!octets) return std::nullopt;
    return *octets + 269U;
}

Result<Option> read_option(wire::Reader& in, std::uint32_t previous) {
    const std::uint8_t first = in.u8().value_or(payload_marker);
    const unsigned delta_nibble = first >> 4;
    const unsigned length_nibble = first & 0x0FU;
    if (delta_nibble == 15) return Errc::bad_option_delta;
    if (length_nibble == 15) return Errc::bad_option_length;
    const auto delta = extended(in, delta_nibble);
    if (!delta) return Errc::truncated;
    const std::uint32_t number = previous + *delta;
    if (number > 0xFFFF) return Errc::bad_option_delta;
    const auto length = extended(in, length_nibble);
    if (!length) return Errc::truncated;
    if (*length > max_option_size) return Errc::option_too_long;
    const auto value = in.take(*length);
    if (!value) return Errc::truncated;
    return Option{OptionNumber(number), *value};
}

}  // namespace

std::optional<OptionRule> rule(OptionNumber number) {
    switch (number) {
        case OptionNumber::if_match:
            return OptionRule{0, 8, true};
        case OptionNumber::uri_host:
            return OptionRule{1, 255, false};
        case OptionNumber::etag:
            // Repeatable in a request alone, where it is of no use to a server without a cache.
            return OptionRule{1, 8, true};
        case OptionNumber::if_none_match:
            return OptionRule{0, 0, false};
        case OptionNumber::observe:
            return OptionRule{0, 3, false};
        case OptionNumber::uri_port:
            return OptionRule{0, 2, false};
        case OptionNumber::location_path:
        case OptionNumber::uri_path:
        case OptionNumber::uri_query:
        case OptionNumber::location_query:
            return OptionRule{0, 255, true};
        case OptionNumber::content_format:
        case OptionNumber::accept:
            return OptionRule{0, 2, false};
        case OptionNumber::block2:
        case OptionNumber::block1:
            return OptionRule{0, 3, false};
        case OptionNumber::max_age:
        case OptionNumber::size2:
        case OptionNumber::size1:
            return OptionRule{0, 4, false};
        case OptionNumber::proxy_uri:
            return OptionRule{1, 1034, false};
        case OptionNumber::proxy_scheme:
            return OptionRule{1, 255, false};
    }
    return std::nullopt;
}

Result<OptionList> OptionList::scan(wire::Reader& in) {
    const wire::BytesView all = in.rest();
    std::uint32_t number = 0;
    std::size_t count = 0;
    while (!in.empty() && in.rest().front() != payload_marker) {
        if (count == max_options) return Errc::too_many_options;
        const auto option = read_option(in, number);
        if (!option) return option.error();
        number = static_cast<std::uint32_t>(option->number);
        ++count;
    }
    OptionList list;
    list.octets_ = all.first(all.size() - in.remaining());
    list.size_ = count;
    return list;
}

OptionList::Iterator OptionList::begin() const {
    Iterator first;
    first.rest_ = octets_;
    first.left_ = size_ + 1;
    ++first;
    return first;
}

OptionList::Iterator& OptionList::Iterator::operator++() {
    --left_;
    if (left_ == 0) return *this;
    wire::Reader in(rest_);
    const auto next = read_option(in, static_cast<std::uint32_t>(option_.number));
    if (next) option_ = *next;
    rest_ = in.rest();
    return *this;
}

std::optional<std::uint32_t> uint_value(wire::BytesView value) {
    if (value.size() > 4) return std::nullopt;
    std::uint32_t number = 0;
    for (const std::uint8_t octet : value) number = number << 8 | octet;
    return number;
}

}  // namespace coap
