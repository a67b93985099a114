// Bytes → the fields of a CoAP request → parse_request(); and the same bytes, cut into datagrams,
// to a whole Peer whose requests are admitted, so that a session runs against hostile answers.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/bootstrap/peer.h"
#include "server/wire/reader.h"

namespace {

// Octets that a fuzzer can guess, so that it gets past the tokens.
class PlainRandom final : public wire::Random {
  public:
    void fill(std::span<std::uint8_t> out) override {
        for (std::uint8_t& octet : out) octet = 0x5A;
    }
};

std::string take_text(wire::Reader& in) {
    const auto size = in.u8();
    const auto octets = in.take(size ? std::min<std::size_t>(*size, in.remaining()) : 0);
    return octets ? std::string(wire::as_text(*octets)) : std::string();
}

void parse(wire::BytesView bytes) {
    wire::Reader in(bytes);
    coap::Request request;
    request.method = coap::Code(in.u8().value_or(0));
    const std::size_t segments = in.u8().value_or(0) % 4U;
    for (std::size_t i = 0; i < segments; ++i) request.path.push_back(take_text(in));
    if (in.u8().value_or(0) & 1) request.accept = in.u16();
    while (!in.empty()) request.queries.push_back(take_text(in));
    const auto parsed = bootstrap::parse_request(request);
    if (!parsed) {
        if (!coap::is_response(bootstrap::reaction(parsed.error()))) std::abort();
        return;
    }
    const std::size_t kept = parsed->other_queries.size() + (parsed->endpoint ? 1 : 0) +
                             (parsed->preferred_format && !parsed->is_pack ? 1 : 0) +
                             (parsed->account ? 1 : 0);
    if (kept != request.queries.size()) std::abort();
    if (parsed->account &&
        (parsed->account->empty() || parsed->account->size() > bootstrap::max_account))
        std::abort();
}

provisioning::Assignment assignment() {
    provisioning::Profile profile;
    profile.name = "p";
    provisioning::PlannedInstance instance;
    instance.object = 3442;
    instance.resources = {{110, provisioning::TemplateSingle(model::Single(std::string("hello")))}};
    profile.instances.push_back(std::move(instance));
    provisioning::Device device{*model::EndpointName::from("a"), {}, {}, "p", {}, {}, {}, {}};
    return {std::make_shared<const provisioning::Device>(std::move(device)),
            std::make_shared<const provisioning::Profile>(std::move(profile))};
}

void converse(wire::BytesView bytes) {
    PlainRandom random;
    const bootstrap::PeerSettings settings;
    bootstrap::Peer peer(settings, random, bootstrap::Transport{});
    bootstrap::Peer::Output out;
    wire::TimePoint now{std::chrono::seconds(1)};
    static const provisioning::Assignment served = assignment();
    peer.start(served, "s0", now, out);
    wire::Reader in(bytes);
    unsigned sessions = 0;
    while (!in.empty()) {
        const std::uint8_t size = *in.u8();
        if (size >= 0xF0) {
            now += std::chrono::seconds(1U << (size & 7U));
            peer.on_timer(now, out);
        } else if (size == 0xEF) {
            peer.refused_by_network(now, out);
        } else {
            const auto datagram = in.take(std::min<std::size_t>(size, in.remaining()));
            peer.receive(*datagram, now, out);
        }
        for (std::size_t i = 0; i < out.events.size(); ++i) {
            if (!std::holds_alternative<bootstrap::Peer::AdmissionWanted>(out.events[i])) continue;
            peer.admit(served, "s" + std::to_string(++sessions), now, out);
        }
        out.datagrams.clear();
        out.events.clear();
    }
    peer.transport_lost("the end", now, out);
    if (peer.has_session()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    parse({data, size});
    converse({data, size});
    return 0;
}
