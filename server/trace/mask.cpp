#include "server/trace/mask.h"

#include <algorithm>
#include <string>

#include "server/coap/block.h"

namespace trace {
namespace {

using coap::OptionNumber;

constexpr std::size_t header_size = 4;  // RFC 7252 §3

std::optional<coap::Option> find(const coap::Message& message, OptionNumber number) {
    for (const coap::Option& option : message.options)
        if (option.number == number) return option;
    return std::nullopt;
}

std::optional<model::ContentFormat> format_in(const coap::Message& message, OptionNumber number) {
    const auto option = find(message, number);
    if (!option || option->value.size() > 2) return std::nullopt;
    const auto value = coap::uint_value(option->value);
    return value ? model::content_format_from(static_cast<std::uint16_t>(*value)) : std::nullopt;
}

std::string path_of(const coap::Message& message) {
    std::string path;
    for (const coap::Option& option : message.options)
        if (option.number == OptionNumber::uri_path) (path += '/') += wire::as_text(option.value);
    return path.empty() ? "/" : path;
}

// Also where it cannot be read.
bool is_part(const coap::Message& message, OptionNumber number) {
    const auto option = find(message, number);
    if (!option) return false;
    const auto block = coap::Block::from(option->value);
    return !block || block->more || block->number != 0;
}

// Bootstrap-Pack-Request, LwM2M Core §6.1.7.7.
bool asks_for_pack(const coap::Message& message) {
    return message.code == coap::Code::get && path_of(message).ends_with("/bspack");
}

}  // namespace

std::size_t Masker::mask(Datagram& datagram, const Knowledge& knowledge) {
    wire::Bytes& octets = datagram.message;
    const auto message = coap::decode(octets);
    if (!message) {
        const std::size_t kept = std::min(octets.size(), header_size);
        std::fill(octets.begin() + static_cast<std::ptrdiff_t>(kept), octets.end(), filler);
        return octets.size() - kept;
    }
    if (coap::is_request(message->code)) remember(datagram, *message);
    if (message->payload.empty()) return 0;
    const std::size_t size = message->payload.size();
    auto shown = shown_payload(datagram, *message, knowledge);
    if (!shown || shown->octets.size() != size)
        shown = MaskedPayload{wire::Bytes(size, filler), size};
    std::ranges::copy(shown->octets, octets.end() - static_cast<std::ptrdiff_t>(size));
    return shown->hidden;
}

std::optional<MaskedPayload> Masker::shown_payload(const Datagram& datagram,
                                                   const coap::Message& message,
                                                   const Knowledge& knowledge) {
    const auto format = format_in(message, OptionNumber::content_format);
    const auto whole_if = [&](bool is_shown) -> std::optional<MaskedPayload> {
        if (!is_shown) return std::nullopt;
        return MaskedPayload{{message.payload.begin(), message.payload.end()}, 0};
    };
    if (coap::is_request(message.code)) {
        const auto path = model::Path::from(path_of(message));
        if (datagram.direction == Direction::inbound || !format || !path ||
            is_part(message, OptionNumber::block1))
            return std::nullopt;
        return mask_payload(*format, *path, message.payload, knowledge);
    }
    if (!coap::is_response(message.code)) return std::nullopt;
    if (!coap::is_success(message.code))
        return whole_if(datagram.direction == Direction::outbound && !format);
    const Request* const request = request_of(datagram, message);
    if (request == nullptr || !format || message.code != coap::Code::content) return std::nullopt;
    if (request->discovers) return whole_if(*format == model::ContentFormat::link_format);
    if (!request->path || is_part(message, OptionNumber::block2)) return std::nullopt;
    return mask_payload(*format, *request->path, message.payload, knowledge);
}

// ---- requests ----

Masker::Peer& Masker::peer(const bootstrap::PeerRef& ref) {
    const auto found = std::ranges::find(peers_, ref, &Peer::ref);
    if (found != peers_.end()) {
        std::rotate(found, found + 1, peers_.end());
    } else {
        if (peers_.size() == most_peers) peers_.pop_front();
        peers_.push_back({ref, {}});
    }
    return peers_.back();
}

void Masker::remember(const Datagram& datagram, const coap::Message& message) {
    Request request{datagram.direction, message.token, std::nullopt, false};
    if (datagram.direction == Direction::inbound) {
        if (asks_for_pack(message)) request.path = model::Path();
    } else if (message.code == coap::Code::get) {
        request.discovers =
            format_in(message, OptionNumber::accept) == model::ContentFormat::link_format;
        request.path = model::Path::from(path_of(message));
    }
    auto& requests = peer(datagram.peer).requests;
    // A token that is used again means its newest request.
    std::erase_if(requests, [&](const Request& one) {
        return one.direction == request.direction && one.token == request.token;
    });
    if (requests.size() == most_requests) requests.pop_front();
    requests.push_back(request);
}

const Masker::Request* Masker::request_of(const Datagram& datagram, const coap::Message& message) {
    const auto& requests = peer(datagram.peer).requests;
    const auto found = std::ranges::find_if(requests, [&](const Request& one) {
        return one.direction != datagram.direction && one.token == message.token;
    });
    return found == requests.end() ? nullptr : &*found;
}

}  // namespace trace
