#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

// As much of RFC 7252 as a bootstrap needs, and no more: what the daemon is measured against must
// not share its code.
namespace bench {

using Octets = std::span<const std::uint8_t>;

inline constexpr std::uint8_t confirmable = 0, acknowledgement = 2;
inline constexpr std::uint8_t get = 0x01, post = 0x02, put = 0x03, delete_ = 0x04;
inline constexpr std::uint8_t deleted = 0x42, changed = 0x44, content = 0x45;
inline constexpr unsigned uri_path = 11, content_format = 12, uri_query = 15, accept = 17;

struct Message {
    std::uint8_t type = 0;
    std::uint8_t code = 0;
    std::uint16_t id = 0;
    Octets token;
    bool path_is_bs = false;
};

// Header, token and path of a message; nothing when it is malformed. The views live as long as
// the octets.
inline std::optional<Message> parse(Octets in) {
    if (in.size() < 4 || in[0] >> 6U != 1) return std::nullopt;
    Message message;
    message.type = in[0] >> 4U & 3U;
    message.code = in[1];
    message.id = static_cast<std::uint16_t>(in[2] << 8U | in[3]);
    const std::size_t token = in[0] & 15U;
    if (token > 8 || in.size() < 4 + token) return std::nullopt;
    message.token = in.subspan(4, token);
    in = in.subspan(4 + token);
    unsigned number = 0;
    while (!in.empty() && in[0] != 0xFF) {
        unsigned delta = in[0] >> 4U;
        std::size_t length = in[0] & 15U;
        in = in.subspan(1);
        if (delta > 13 || length > 13) return std::nullopt;  // no option here is that long
        if (delta == 13) {
            if (in.empty()) return std::nullopt;
            delta = 13U + in[0];
            in = in.subspan(1);
        }
        if (length == 13) {
            if (in.empty()) return std::nullopt;
            length = 13U + in[0];
            in = in.subspan(1);
        }
        if (length > in.size()) return std::nullopt;
        number += delta;
        if (number == uri_path && length == 2 && in[0] == 'b' && in[1] == 's')
            message.path_is_bs = true;
        in = in.subspan(length);
    }
    return message;
}

// Writes one message; options in the order of their numbers.
class Writer {
  public:
    explicit Writer(std::vector<std::uint8_t>& out) : out_(out) { out_.clear(); }

    Writer& header(std::uint8_t type, std::uint8_t code, std::uint16_t id, Octets token) {
        out_.push_back(static_cast<std::uint8_t>(0x40U | unsigned{type} << 4U | token.size()));
        out_.push_back(code);
        out_.push_back(static_cast<std::uint8_t>(id >> 8U));
        out_.push_back(static_cast<std::uint8_t>(id));
        out_.insert(out_.end(), token.begin(), token.end());
        return *this;
    }
    Writer& option(unsigned number, std::string_view value) {
        const unsigned delta = number - last_;
        last_ = number;
        const std::size_t length = value.size();
        out_.push_back(static_cast<std::uint8_t>((delta < 13 ? delta : 13U) << 4U |
                                                 (length < 13 ? length : 13U)));
        if (delta >= 13) out_.push_back(static_cast<std::uint8_t>(delta - 13U));
        if (length >= 13) out_.push_back(static_cast<std::uint8_t>(length - 13U));
        out_.insert(out_.end(), value.begin(), value.end());
        return *this;
    }
    Writer& payload(std::string_view text) {
        out_.push_back(0xFF);
        out_.insert(out_.end(), text.begin(), text.end());
        return *this;
    }

  private:
    std::vector<std::uint8_t>& out_;
    unsigned last_ = 0;
};

// The key of every device of the benchmark.
inline constexpr std::string_view device_key = "bench key 16 oct";

}  // namespace bench
