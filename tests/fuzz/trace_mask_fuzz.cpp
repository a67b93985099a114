#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>

#include "server/coap/message.h"
#include "server/trace/mask.h"

namespace {

using model::ContentFormat;

constexpr ContentFormat formats[] = {ContentFormat::text,       ContentFormat::opaque,
                                     ContentFormat::cbor,       ContentFormat::senml_json,
                                     ContentFormat::senml_cbor, ContentFormat::tlv,
                                     ContentFormat::json,       ContentFormat::lwm2m_cbor};

const model::Path paths[] = {model::Path(),         model::Path(0),       model::Path(0, 1),
                             model::Path(1, 0),     model::Path(0, 1, 5), model::Path(2, 0, 2),
                             model::Path(31000, 0), model::Path(21, 0)};

const trace::Knowledge& knowledge() {
    static const trace::Knowledge known(
        std::make_shared<const model::Definitions>(model::Definitions::built_in()));
    return known;
}

// As long as before, and each octet as before or hidden.
void check_payload(ContentFormat format, const model::Path& path, wire::BytesView payload) {
    const auto masked = trace::mask_payload(format, path, payload, knowledge());
    if (!masked) return;
    if (masked->octets.size() != payload.size()) std::abort();
    std::size_t changed = 0;
    for (std::size_t i = 0; i < payload.size(); ++i) {
        if (masked->octets[i] == payload[i]) continue;
        if (masked->octets[i] != trace::filler) std::abort();
        ++changed;
    }
    if (changed > masked->hidden) std::abort();
}

// Everything but the payload stays; twice, so that an answer may find its request.
void check_messages(const std::uint8_t direction, wire::BytesView octets) {
    trace::Masker masker;
    for (const bool again : {false, true}) {
        trace::Datagram datagram;
        datagram.direction = ((direction & 1) != 0) == again ? trace::Direction::inbound
                                                             : trace::Direction::outbound;
        datagram.message.assign(octets.begin(), octets.end());
        const std::size_t hidden = masker.mask(datagram, knowledge());
        if (datagram.message.size() != octets.size() || hidden > octets.size()) std::abort();
        const auto before = coap::decode(octets);
        const auto after = coap::decode(datagram.message);
        if (!before) continue;
        if (!after || after->payload.size() != before->payload.size()) std::abort();
        const std::size_t head = octets.size() - before->payload.size();
        if (!std::equal(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(head),
                        datagram.message.begin()))
            std::abort();
    }
}

}  // namespace

// The first octet chooses: messages, or a payload of some format at some path.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const wire::BytesView octets(data + 1, size - 1);
    const std::size_t format = data[0] / std::size(paths);
    if (format < std::size(formats))
        check_payload(formats[format], paths[data[0] % std::size(paths)], octets);
    else
        check_messages(data[0], octets);
    return 0;
}
