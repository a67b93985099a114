#include "tests/lwm2m/items.h"

#include <array>
#include <charconv>
#include <cmath>
#include <variant>

namespace lwm2m {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

void write(const Item& item, Output& out) {
    CborWriter writer(out);
    std::visit(Overloaded{
                   [&](Null) { writer.null(); },
                   [&](bool value) { writer.boolean(value); },
                   [&](std::uint64_t value) { writer.unsigned_integer(value); },
                   [&](Negative value) {
                       if (value.n <= 0x7FFFFFFFFFFFFFFF) {
                           writer.integer(-1 - static_cast<std::int64_t>(value.n));
                       } else {  // beyond what the writer is for
                           out.u8(0x3B);
                           out.number(value.n, 8);
                       }
                   },
                   [&](double value) { writer.floating(value); },
                   [&](const std::string& value) { writer.text(value); },
                   [&](const wire::Bytes& value) { writer.bytes(value); },
                   [&](const Array& items) {
                       writer.array(items.size());
                       for (const auto& each : items) write(each, out);
                   },
                   [&](const Map& entries) {
                       writer.map(entries.size());
                       for (const auto& entry : entries) {
                           write(entry.key, out);
                           write(entry.value, out);
                       }
                   },
                   [&](const Tagged& tagged) {
                       writer.tag(tagged.tag);
                       write(tagged.item.front(), out);
                   },
                   [&](Simple simple) {
                       if (simple.number < 24) {
                           out.u8(static_cast<std::uint8_t>(0xE0 | simple.number));
                       } else {
                           out.u8(0xF8);
                           out.u8(simple.number);
                       }
                   },
               },
               item.value);
}

std::string floating(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
    std::array<char, 40> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
    std::string shown(text.data(), end.ptr);
    if (shown.find_first_of(".e") == std::string::npos) shown += ".0";
    return shown;
}

}  // namespace

wire::Bytes encode_item(const Item& item) {
    return write_once([&](Output& out) { write(item, out); });
}

std::string diagnostic(const Item& item) {
    return std::visit(
        Overloaded{
            [](Null) { return std::string("null"); },
            [](bool value) { return std::string(value ? "true" : "false"); },
            [](std::uint64_t value) { return std::to_string(value); },
            [](Negative value) {
                return value.n == 0xFFFFFFFFFFFFFFFF ? std::string("-18446744073709551616")
                                                     : '-' + std::to_string(value.n + 1);
            },
            [](double value) { return floating(value); },
            [](const std::string& value) { return '"' + value + '"'; },
            [](const wire::Bytes& value) { return "h'" + wire::to_hex(value) + '\''; },
            [](const Array& items) {
                std::string text;
                for (const auto& each : items)
                    text += (text.empty() ? "" : ", ") + diagnostic(each);
                return '[' + text + ']';
            },
            [](const Map& entries) {
                std::string text;
                for (const auto& entry : entries)
                    text += (text.empty() ? "" : ", ") + diagnostic(entry.key) + ": " +
                            diagnostic(entry.value);
                return '{' + text + '}';
            },
            [](const Tagged& tagged) {
                return std::to_string(tagged.tag) + '(' + diagnostic(tagged.item.front()) + ')';
            },
            [](Simple simple) {
                return simple.number == 23 ? std::string("undefined")
                                           : "simple(" + std::to_string(simple.number) + ')';
            },
        },
        item.value);
}

}  // namespace lwm2m
