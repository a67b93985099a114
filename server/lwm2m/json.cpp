#include "server/lwm2m/json.h"

#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

//   string = <"> *( %x20-21 / %x23-5B / %x5D-10FFFF / escape ) <">      RFC 8259 §7
//   escape = "\" ( <"> / "\" / "u" 4HEXDIG / … )
//   number = [ "-" ] int [ frac ] [ exp ]                               RFC 8259 §6

namespace lwm2m {
namespace {

// Makes Items of what nlohmann's parser reports; every function returns whether to go on.
class ItemMaker final : public nlohmann::json_sax<nlohmann::json> {
  public:
    bool null() override { return add(Item{Null{}}) != nullptr; }
    bool boolean(bool value) override { return add(Item{value}) != nullptr; }
    bool number_integer(number_integer_t value) override {
        if (value >= 0) return number_unsigned(static_cast<number_unsigned_t>(value));
        return add(Item{Negative{static_cast<std::uint64_t>(-1 - value)}}) != nullptr;
    }
    bool number_unsigned(number_unsigned_t value) override {
        return add(Item{std::uint64_t{value}}) != nullptr;
    }
    bool number_float(number_float_t value, const string_t&) override {
        return add(Item{value}) != nullptr;
    }
    bool string(string_t& value) override { return add(Item{std::move(value)}) != nullptr; }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(Item{Map{}}); }
    bool start_array(std::size_t) override { return open(Item{Array{}}); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        if (!count()) return false;
        std::get<Map>(open_.back()->value).push_back({Item{std::move(name)}, Item{}});
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
        return false;
    }

    Item& root() { return root_; }

  private:
    bool count() {
        if (left_ == 0 || open_.size() == max_item_depth) return false;
        --left_;
        return true;
    }

    // Where the item went; null where there are too many.
    Item* add(Item item) {
        if (!count()) return nullptr;
        if (open_.empty()) {
            root_ = std::move(item);
            return &root_;
        }
        if (auto* array = std::get_if<Array>(&open_.back()->value)) {
            array->push_back(std::move(item));
            return &array->back();
        }
        auto& entry = std::get<Map>(open_.back()->value).back();
        entry.value = std::move(item);
        return &entry.value;
    }

    bool open(Item container) {
        Item* const added = add(std::move(container));
        if (added == nullptr) return false;
        open_.push_back(added);
        return true;
    }

    bool close() {
        open_.pop_back();
        return true;
    }

    Item root_;
    // The containers that the next item is in, the innermost last. A container grows only while
    // it is the last, so that none of these moves.
    std::vector<Item*> open_;
    std::size_t left_ = max_items;
};

}  // namespace

std::optional<Item> decode_json(wire::BytesView payload) {
    ItemMaker maker;
    const auto text = wire::as_text(payload);
    if (!nlohmann::json::sax_parse(text.begin(), text.end(), &maker)) return std::nullopt;
    return std::move(maker.root());
}

void write_json_string(wire::BytesView utf8, Output& out) {
    constexpr std::string_view digits = "0123456789abcdef";
    out.u8('"');
    for (const std::uint8_t octet : utf8) {
        if (octet == '"' || octet == '\\') {
            out.u8('\\');
            out.u8(octet);
        } else if (octet < 0x20) {
            out.text("\\u00");
            out.u8(static_cast<std::uint8_t>(digits[octet >> 4]));
            out.u8(static_cast<std::uint8_t>(digits[octet & 0xF]));
        } else {
            out.u8(octet);
        }
    }
    out.u8('"');
}

void write_json_number(std::int64_t value, Output& out) {
    std::array<char, 24> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
    out.text({text.data(), static_cast<std::size_t>(end.ptr - text.data())});
}

void write_json_number(double value, Output& out) {
    std::array<char, 40> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
    const std::string_view digits(text.data(), static_cast<std::size_t>(end.ptr - text.data()));
    out.text(digits);
    // So that it does not look like an integer.
    if (digits.find_first_of(".e") == std::string_view::npos) out.text(".0");
}

}  // namespace lwm2m
