// Any octets as an Accounting-Request: as they are, and signed, so that what lies behind the
// authenticator is reached too.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "server/attach/forms.h"
#include "server/attach/radius_accounting.h"
#include "server/crypto/digest.h"

namespace {

using namespace attach;
using namespace attach::radius;

const model::Secret& shared_secret() {
    static const model::Secret secret(wire::as_bytes("s3cr3t"));
    return secret;
}

// With the right authenticator for its Length; as it is when that is none.
wire::Bytes signed_packet(wire::BytesView data) {
    wire::Bytes packet(data.begin(), data.end());
    if (packet.size() < header_size) return packet;
    packet[0] = 4;
    const std::size_t length = static_cast<std::size_t>(packet[2]) << 8 | packet[3];
    if (length < header_size || length > packet.size()) return packet;
    std::fill_n(packet.begin() + 4, authenticator_size, std::uint8_t{0});
    wire::Bytes whole(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(length));
    const auto secret = shared_secret().reveal();
    whole.insert(whole.end(), secret.begin(), secret.end());
    const auto digest = crypto::md5(whole);
    std::copy(digest.begin(), digest.end(), packet.begin() + 4);
    return packet;
}

void check(const Event& event) {
    if (!event.imsi && !event.imei && !event.msisdn) std::abort();
    if (!event.id || !is_plain_text(*event.id) || event.origin.empty()) std::abort();
    if (event.time && !is_date_time(*event.time)) std::abort();
    if (event.address && !is_of_a_device(*event.address)) std::abort();
}

void check_answer(wire::BytesView answer, wire::BytesView request) {
    const auto decoded = decode(answer);
    if (!decoded || decoded->code != 5 || answer.size() > request.size()) std::abort();
    if (decoded->identifier != request[1]) std::abort();
}

void play(wire::BytesView datagram) {
    const Client client{"c", *wire::AddressPrefix::from("192.0.2.0/24"), shared_secret(), false};
    Accounting accounting({client}, {});
    const auto remote = *wire::SocketAddress::from("192.0.2.1:40000");
    const auto now = wire::TimePoint{};
    const Accounting::Arrival arrival{0, remote, remote, datagram};
    const auto first = accounting.receive(arrival, now);
    wire::Bytes answer;
    if (const auto* event = std::get_if<Accounting::Deliver>(&first)) {
        check(event->event);
        const auto reply = accounting.settle(event->request, true, now);
        if (!reply) std::abort();
        answer = reply->datagram;
    }
    if (const auto* sent = std::get_if<Accounting::Send>(&first)) answer = sent->datagram;
    if (const auto* withdraw = std::get_if<Accounting::Withdraw>(&first))
        answer = withdraw->datagram;
    const auto second = accounting.receive(arrival, now);
    if (answer.empty()) {
        if (!std::holds_alternative<Accounting::Refused>(second)) std::abort();
        return;
    }
    check_answer(answer, datagram);
    const auto* const again = std::get_if<Accounting::Send>(&second);
    if (again == nullptr || again->datagram != answer) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const wire::BytesView datagram(data, size);
    play(datagram);
    play(signed_packet(datagram));
    return 0;
}
