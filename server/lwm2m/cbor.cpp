#include "server/lwm2m/cbor.h"

#include <bit>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "server/lwm2m/floating.h"
#include "server/lwm2m/utf8.h"
#include "server/wire/reader.h"

//   7   6   5   4   3   2   1   0                        RFC 8949 §3
// +-----------+-------------------+- - - - - - - - - - -+- - - - - -+
// | major     | additional        | argument            | content   |
// | type      | information       | 0, 1, 2, 4, 8 octets|           |
// +-----------+-------------------+- - - - - - - - - - -+- - - - - -+
//  major type  0 unsigned integer      4 array (argument: items)
//              1 negative (-1 - n)     5 map (argument: entries)
//              2 byte string           6 tag (argument: its number), one item
//              3 text string           7 simple value or floating-point number
//  additional information  0..23: the argument itself; 24..27: it follows in 1, 2, 4, 8 octets;
//                          28..30: not well-formed; 31: of indefinite length, until FF

namespace lwm2m {
namespace {

enum class Major : std::uint8_t { unsigned_, negative, bytes, text, array, map, tag, simple };

constexpr std::uint8_t indefinite = 31;
constexpr std::uint8_t break_octet = 0xFF;

struct Head {
    Major major;
    std::uint8_t information;
    std::uint64_t argument;
    bool is_indefinite() const { return information == indefinite; }
};

// IEEE 754 binary16, RFC 8949 appendix D.
double half_precision(std::uint64_t bits) {
    const auto exponent = static_cast<int>(bits >> 10 & 0x1F);
    const auto mantissa = static_cast<double>(bits & 0x3FF);
    double value = 0;
    if (exponent == 0)
        value = std::ldexp(mantissa, -24);
    else if (exponent != 31)
        value = std::ldexp(mantissa + 1024, exponent - 25);
    else
        value = mantissa == 0 ? std::numeric_limits<double>::infinity()
                              : std::numeric_limits<double>::quiet_NaN();
    return (bits & 0x8000) != 0 ? -value : value;
}

class Decoder {
  public:
    using Result = boost::system::result<Item, CborErrc>;

    explicit Decoder(wire::BytesView payload) : in_(payload) {}

    bool at_end() const { return in_.empty(); }

    // Recursion ends at max_item_depth.
    Result item(std::size_t depth) {
        if (depth > max_item_depth) return CborErrc::too_deep;
        if (left_ == 0) return CborErrc::too_many;
        --left_;
        const auto head = read_head();
        if (!head) return head.error();
        switch (head->major) {
            case Major::unsigned_:
                if (head->is_indefinite()) return CborErrc::malformed;
                return Item{head->argument};
            case Major::negative:
                if (head->is_indefinite()) return CborErrc::malformed;
                return Item{Negative{head->argument}};
            case Major::bytes:
            case Major::text:
                return string(*head);
            case Major::array:
                return array(*head, depth);
            case Major::map:
                return map(*head, depth);
            case Major::tag:
                return tagged(*head, depth);
            case Major::simple:
                return simple(*head);
        }
        return CborErrc::malformed;
    }

  private:
    boost::system::result<Head, CborErrc> read_head() {
        const auto first = in_.u8();
        if (!first) return CborErrc::truncated;
        Head head{static_cast<Major>(*first >> 5), static_cast<std::uint8_t>(*first & 0x1F), 0};
        if (head.information < 24) {
            head.argument = head.information;
        } else if (head.information < 28) {
            const auto argument = in_.number(std::size_t{1} << (head.information - 24));
            if (!argument) return CborErrc::truncated;
            head.argument = *argument;
        } else if (!head.is_indefinite()) {
            return CborErrc::malformed;
        }
        return head;
    }

    // Consumes the break if it is next.
    bool accept_break() {
        if (in_.empty() || in_.rest()[0] != break_octet) return false;
        in_.take(1);
        return true;
    }

    std::optional<CborErrc> append_run(const Head& head, wire::Bytes& octets) {
        if (head.argument > in_.remaining()) return CborErrc::truncated;
        const auto run = *in_.take(static_cast<std::size_t>(head.argument));
        if (head.major == Major::text && !is_utf8(run)) return CborErrc::malformed;
        octets.insert(octets.end(), run.begin(), run.end());
        return std::nullopt;
    }

    // §3.2.3: the chunks are strings of the same type and of definite length.
    std::optional<CborErrc> append_chunks(Major major, wire::Bytes& octets) {
        while (!accept_break()) {
            const auto chunk = read_head();
            if (!chunk) return chunk.error();
            if (chunk->major != major || chunk->is_indefinite()) return CborErrc::malformed;
            if (const auto wrong = append_run(*chunk, octets)) return wrong;
        }
        return std::nullopt;
    }

    Result string(const Head& head) {
        wire::Bytes octets;
        const auto wrong =
            head.is_indefinite() ? append_chunks(head.major, octets) : append_run(head, octets);
        if (wrong) return *wrong;
        if (head.major == Major::text) return Item{std::string(wire::as_text(octets))};
        return Item{std::move(octets)};
    }

    // What was announced is never allocated: every item has to be there.
    Result array(const Head& head, std::size_t depth) {
        Array items;
        for (std::uint64_t i = 0; head.is_indefinite() || i < head.argument; ++i) {
            if (head.is_indefinite() && accept_break()) break;
            auto next = item(depth + 1);
            if (!next) return next;
            items.push_back(std::move(*next));
        }
        return Item{std::move(items)};
    }

    Result map(const Head& head, std::size_t depth) {
        Map entries;
        for (std::uint64_t i = 0; head.is_indefinite() || i < head.argument; ++i) {
            if (head.is_indefinite() && accept_break()) break;
            auto key = item(depth + 1);
            if (!key) return key;
            auto value = item(depth + 1);
            if (!value) return value;
            entries.push_back({std::move(*key), std::move(*value)});
        }
        return Item{std::move(entries)};
    }

    Result tagged(const Head& head, std::size_t depth) {
        if (head.is_indefinite()) return CborErrc::malformed;
        auto content = item(depth + 1);
        if (!content) return content;
        Tagged tagged{head.argument, {}};
        tagged.item.push_back(std::move(*content));
        return Item{std::move(tagged)};
    }

    static Result simple(const Head& head) {
        switch (head.information) {
            case 20:
            case 21:
                return Item{head.information == 21};
            case 22:
                return Item{Null{}};
            case 24:
                // §3.3: those that fit the head are not well-formed here.
                if (head.argument < 32) return CborErrc::malformed;
                return Item{Simple{static_cast<std::uint8_t>(head.argument)}};
            case 25:
                return Item{half_precision(head.argument)};
            case 26:
                return Item{static_cast<double>(
                    std::bit_cast<float>(static_cast<std::uint32_t>(head.argument)))};
            case 27:
                return Item{std::bit_cast<double>(head.argument)};
            case indefinite:  // a break where there is nothing to end
                return CborErrc::malformed;
        }
        return Item{Simple{head.information}};
    }

    wire::Reader in_;
    std::size_t left_ = max_items;
};

}  // namespace

boost::system::result<Item, CborErrc> decode_cbor(wire::BytesView payload) {
    Decoder decoder(payload);
    auto item = decoder.item(1);
    if (item && !decoder.at_end()) return CborErrc::malformed;
    return item;
}

void CborWriter::integer(std::int64_t value) {
    if (value < 0)
        head(1, static_cast<std::uint64_t>(-1 - value));
    else
        head(0, static_cast<std::uint64_t>(value));
}

void CborWriter::bytes(wire::BytesView value) {
    head(2, value.size());
    out_.bytes(value);
}

void CborWriter::text(wire::BytesView utf8) {
    head(3, utf8.size());
    out_.bytes(utf8);
}

void CborWriter::floating(double value) {
    if (is_exact_in_single_precision(value)) {
        out_.u8(0xFA);
        out_.number(std::bit_cast<std::uint32_t>(static_cast<float>(value)), 4);
    } else {
        out_.u8(0xFB);
        out_.number(std::bit_cast<std::uint64_t>(value), 8);
    }
}

void CborWriter::head(std::uint8_t major, std::uint64_t argument) {
    const auto first = static_cast<std::uint8_t>(major << 5);
    if (argument < 24) {
        out_.u8(static_cast<std::uint8_t>(first | argument));
    } else if (argument <= 0xFF) {
        out_.u8(first | 24);
        out_.number(argument, 1);
    } else if (argument <= 0xFFFF) {
        out_.u8(first | 25);
        out_.number(argument, 2);
    } else if (argument <= 0xFFFFFFFF) {
        out_.u8(first | 26);
        out_.number(argument, 4);
    } else {
        out_.u8(first | 27);
        out_.number(argument, 8);
    }
}

}  // namespace lwm2m
