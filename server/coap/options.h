#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>

#include "server/coap/errc.h"
#include "server/wire/bytes.h"
#include "server/wire/reader.h"

namespace coap {

// RFC 7252 §5.10, RFC 7959 §2.1 and §4, RFC 7641. Numbers that are not named here pass through.
enum class OptionNumber : std::uint16_t {
    if_match = 1,
    uri_host = 3,
    etag = 4,
    if_none_match = 5,
    observe = 6,
    uri_port = 7,
    location_path = 8,
    uri_path = 11,
    content_format = 12,
    max_age = 14,
    uri_query = 15,
    accept = 17,
    location_query = 20,
    block2 = 23,
    block1 = 27,
    size2 = 28,
    proxy_uri = 35,
    proxy_scheme = 39,
    size1 = 60,
};

// Who does not know it must not go on without it, RFC 7252 §5.4.6.
constexpr bool is_critical(OptionNumber number) {
    return (static_cast<unsigned>(number) & 1U) != 0;
}

struct OptionRule {
    std::size_t min_size;
    std::size_t max_size;
    bool repeatable;
};
// Length and repetition of an option that is named above; nothing for others.
std::optional<OptionRule> rule(OptionNumber);

// No option that is defined is longer (Proxy-Uri), RFC 7252 §5.10.
inline constexpr std::size_t max_option_size = 1034;
// Far above what a Bootstrap-Request or an answer to an operation has.
inline constexpr std::size_t max_options = 64;

struct Option {
    OptionNumber number{};
    wire::BytesView value;
};

// The options of a received message in ascending order: a view of the datagram, which outlives
// it. Only scan() makes one that is not empty, so walking it cannot fail.
class OptionList {
  public:
    class Iterator {
      public:
        using value_type = Option;
        using difference_type = std::ptrdiff_t;
        using iterator_category = std::input_iterator_tag;
        using pointer = const Option*;
        using reference = const Option&;

        Iterator() = default;
        const Option& operator*() const { return option_; }
        const Option* operator->() const { return &option_; }
        Iterator& operator++();
        void operator++(int) { ++*this; }
        bool operator==(const Iterator& other) const { return left_ == other.left_; }

      private:
        friend class OptionList;
        wire::BytesView rest_;
        Option option_;
        std::size_t left_ = 0;
    };

    OptionList() = default;
    // Reads up to the payload marker, which is left in the reader, or to the end.
    static Result<OptionList> scan(wire::Reader& in);

    Iterator begin() const;
    Iterator end() const { return {}; }
    std::size_t size() const { return size_; }

  private:
    wire::BytesView octets_;
    std::size_t size_ = 0;
};

// An unsigned number in 0 to 4 octets; leading zeros are accepted, RFC 7252 §3.2.
std::optional<std::uint32_t> uint_value(wire::BytesView value);

}  // namespace coap
