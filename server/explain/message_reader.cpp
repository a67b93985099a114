// RFC 7252 §3 and §3.1; the diagrams are in server/coap/message.cpp and options.cpp. That decoder
// says what is wrong; this one also where, and keeps what came before.

#include "server/explain/message_reader.h"

#include "server/coap/options.h"
#include "server/coap/types.h"

namespace explain {
namespace {

constexpr std::uint8_t payload_marker = 0xFF;
constexpr std::size_t header_size = 4;

class MessageReader {
  public:
    explicit MessageReader(wire::BytesView octets) : octets_(octets) {}

    ReadMessage read() {
        read_header();
        if (!message_.fault) read_token();
        while (!message_.fault && at_ < octets_.size() && octets_[at_] != payload_marker)
            read_option();
        if (!message_.fault && at_ < octets_.size()) read_payload();
        return std::move(message_);
    }

  private:
    void fault(std::size_t offset, std::string what) {
        message_.fault = ReadMessage::Fault{offset, std::move(what)};
    }
    std::size_t left() const { return octets_.size() - at_; }
    static std::string ends_early(std::string_view what, std::size_t wanted, std::size_t there) {
        return std::string(what) + " is cut off: " + std::to_string(wanted) + " octets, of which " +
               std::to_string(there) + " are there";
    }

    void read_header();
    void read_token();
    void read_option();
    void read_payload();
    // What a nibble of an option's first octet stands for; nothing: fault() was told.
    std::optional<std::size_t> extended(unsigned nibble, std::string_view what, std::size_t option);

    wire::BytesView octets_;
    std::size_t at_ = 0;
    std::uint32_t number_ = 0;
    ReadMessage message_;
};

void MessageReader::read_header() {
    if (octets_.size() < header_size)
        return fault(octets_.size(), ends_early("the header", header_size, octets_.size()));
    const unsigned first = octets_[0];
    const ReadMessage::Header header{first >> 6, first >> 4 & 0x03U, first & 0x0FU, octets_[1],
                                     static_cast<std::uint16_t>(octets_[2] << 8 | octets_[3])};
    message_.header = header;
    at_ = header_size;
    const auto code = coap::Code(header.code);
    if (header.version != 1)
        return fault(0, "the version is " + std::to_string(header.version) + ", not 1");
    if (header.token_length > 8)
        return fault(0, "the token length is " + std::to_string(header.token_length) +
                            "; 9 to 15 are reserved");
    if (code == coap::Code::empty && (header.token_length > 0 || left() > 0))
        return fault(header.token_length > 0 ? 0 : header_size,
                     "an Empty message (0.00) ends with its Message ID");
    if (code != coap::Code::empty && !coap::is_request(code) && !coap::is_response(code))
        return fault(1, "the code " + to_string(code) + " is of a reserved class");
}

void MessageReader::read_token() {
    const std::size_t length = message_.header->token_length;
    if (left() < length) return fault(octets_.size(), ends_early("the token", length, left()));
    message_.token = octets_.subspan(at_, length);
    at_ += length;
}

std::optional<std::size_t> MessageReader::extended(unsigned nibble, std::string_view what,
                                                   std::size_t option) {
    if (nibble < 13) return nibble;
    if (nibble == 15) {
        fault(option, "the " + std::string(what) + " of the option is 15, which is reserved");
        return std::nullopt;
    }
    const std::size_t octets = nibble - 12;
    if (left() < octets) {
        fault(octets_.size(), ends_early("the extended " + std::string(what) +
                                             " of the option at octet " + std::to_string(option),
                                         octets, left()));
        return std::nullopt;
    }
    std::size_t value = octets_[at_];
    if (octets == 2) value = value << 8 | octets_[at_ + 1];
    value += octets == 1 ? 13 : 269;
    at_ += octets;
    return value;
}

void MessageReader::read_option() {
    const std::size_t start = at_;
    if (message_.options.size() == coap::max_options)
        return fault(start, "there are more than " + std::to_string(coap::max_options) +
                                " options, the most that this server takes");
    const std::uint8_t first = octets_[at_++];
    const auto delta = extended(first >> 4U, "delta", start);
    if (!delta) return;
    number_ += static_cast<std::uint32_t>(*delta);
    if (number_ > 0xFFFF) return fault(start, "the option's number is above 65535");
    const auto length = extended(first & 0x0FU, "length", start);
    if (!length) return;
    if (*length > coap::max_option_size)
        return fault(start, "the option has " + std::to_string(*length) +
                                " octets; no option has more than " +
                                std::to_string(coap::max_option_size));
    if (left() < *length)
        return fault(octets_.size(),
                     ends_early("the option at octet " + std::to_string(start), *length, left()));
    message_.options.push_back(
        {start, static_cast<std::uint16_t>(number_), octets_.subspan(at_, *length)});
    at_ += *length;
}

void MessageReader::read_payload() {
    if (left() == 1) return fault(at_, "the payload marker (0xff) is followed by no payload");
    message_.payload_offset = at_ + 1;
    message_.payload = octets_.subspan(at_ + 1);
}

}  // namespace

ReadMessage read_message(wire::BytesView octets) {
    return MessageReader(octets).read();
}

}  // namespace explain
