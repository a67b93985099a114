#include "server/trace/recording.h"

#include <utility>

#include "server/trace/pcapng.h"

namespace trace {
namespace {

constexpr std::size_t piece_size = 32 * 1024;

std::string comment_of(std::size_t hidden) {
    if (hidden == 0) return "";
    return std::to_string(hidden) + (hidden == 1 ? " octet is" : " octets are") +
           " hidden: each reads as *";
}

}  // namespace

Recording::Recording(Order order, std::string_view application, Time began, std::size_t room)
    : order_(std::move(order)), began_(began), room_(room) {
    append(section_header(application, "CoAP messages of " + order_.endpoint +
                                           (order_.shows_secrets ? ", with their secrets" : "") +
                                           "; of DTLS what was inside"));
    append(interface_description("lwm2m-bootstrapd", "the conversations with one endpoint"));
}

void Recording::add(Datagram datagram, const Knowledge& knowledge) {
    if (has_ended_) return;
    // Also of one that is left out: it may be the request that answers are told by.
    const std::size_t hidden = order_.shows_secrets ? 0 : masker_.mask(datagram, knowledge);
    std::string block = enhanced_packet(datagram, dropped_before_, comment_of(hidden));
    if (waiting_octets_ + block.size() > room_) return lost(1);
    dropped_before_ = 0;
    ++counters_.messages;
    append(std::move(block));
}

void Recording::lost(std::uint64_t messages) {
    if (has_ended_) return;
    dropped_before_ += messages;
    counters_.dropped += messages;
}

void Recording::session_ended(Time now) {
    if (order_.sessions && ++sessions_ended_ >= *order_.sessions) end(now);
}

void Recording::end(Time now) {
    if (has_ended_) return;
    has_ended_ = true;
    append(interface_statistics({began_, now, counters_.messages, counters_.dropped}));
}

std::string Recording::take() {
    std::string piece;
    while (!waiting_.empty() && piece.size() < piece_size) {
        waiting_octets_ -= waiting_.front().size();
        piece += waiting_.front();
        waiting_.pop_front();
    }
    return piece;
}

void Recording::append(std::string block) {
    waiting_octets_ += block.size();
    waiting_.push_back(std::move(block));
    if (listener_) listener_();
}

}  // namespace trace
