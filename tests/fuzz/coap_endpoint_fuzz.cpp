// The input is a script: datagrams of a hostile peer, time, and what the endpoint's user does.
// Whatever the script, memory is bounded and every exchange ends at most once.

#include <algorithm>
#include <cstdlib>
#include <set>

#include "server/coap/endpoint.h"
#include "server/coap/message.h"
#include "server/wire/reader.h"

namespace {

class CountingRandom final : public wire::Random {
  public:
    void fill(std::span<std::uint8_t> out) override {
        for (std::uint8_t& octet : out) octet = next_++;
    }

  private:
    std::uint8_t next_ = 1;
};

void require(bool condition) {
    if (!condition) std::abort();
}

class Script {
  public:
    explicit Script(wire::BytesView octets) : in_(octets) {
        limits_.deduplication_entries = 4;
        limits_.body = 512;
        limits_.block_size = 64;
        limits_.incoming = 2;
        limits_.answers = 300;
    }

    void run() {
        const bool secured = in_.u8().value_or(0) & 1;
        coap::Endpoint endpoint(
            transmission_, limits_, random_,
            secured ? coap::Endpoint::Security::secured : coap::Endpoint::Security::unsecured);
        while (!in_.empty()) {
            step(endpoint);
            check(endpoint);
        }
        // Left alone, everything comes to an end.
        for (int i = 0; endpoint.next_deadline(); ++i) {
            require(i < 1000);
            now_ = std::max(now_, *endpoint.next_deadline());
            endpoint.on_timer(now_, out_);
            check(endpoint);
        }
        require(open_.empty());
    }

  private:
    void step(coap::Endpoint& endpoint) {
        const std::uint8_t operation = *in_.u8();
        switch (operation % 10) {
            case 0:
                return endpoint.receive(take_some(), now_, out_);
            case 1:
                return answer_last(endpoint, operation);
            case 2:
                now_ += std::chrono::milliseconds(in_.u16().value_or(0));
                return endpoint.on_timer(now_, out_);
            case 3:
                if (const auto due = endpoint.next_deadline()) now_ = std::max(now_, *due);
                return endpoint.on_timer(now_, out_);
            case 4:
                return ask(endpoint, operation);
            case 5:
                if (open_.empty()) return;
                endpoint.cancel(*open_.begin());
                open_.erase(open_.begin());
                return;
            case 6:
                if (!incoming_.empty()) endpoint.acknowledge(incoming_.back(), out_);
                return;
            case 7:
                return respond(endpoint);
            case 8:
                // The peer's message arrives once more.
                return endpoint.receive(wire::Bytes(last_received_), now_, out_);
            case 9:
                return operation & 0x80 ? withdraw(endpoint) : fetch(endpoint);
        }
    }

    wire::BytesView take_some() {
        const std::size_t size = std::min<std::size_t>(in_.u8().value_or(0), in_.remaining());
        const auto taken = in_.take(size).value_or(wire::BytesView{});
        last_received_.assign(taken.begin(), taken.end());
        return taken;
    }

    // A message with the token and Message ID of the last one sent, so that it means something.
    void answer_last(coap::Endpoint& endpoint, std::uint8_t operation) {
        const auto sent = coap::decode(last_sent_);
        if (!sent) return;
        const std::uint8_t code = in_.u8().value_or(0);
        wire::Bytes datagram = coap::encode_empty(coap::Type(operation / 10 % 4), sent->id);
        datagram[1] = code;
        if (code != 0) {
            const auto token = sent->token.view();
            datagram[0] = static_cast<std::uint8_t>(datagram[0] | token.size());
            datagram.insert(datagram.end(), token.begin(), token.end());
        }
        const auto rest = take_some();
        datagram.insert(datagram.end(), rest.begin(), rest.end());
        last_received_ = datagram;
        endpoint.receive(datagram, now_, out_);
    }

    void ask(coap::Endpoint& endpoint, std::uint8_t operation) {
        if (open_.size() >= 4) return;
        coap::Request request;
        request.method = coap::Code::put;
        request.path = {"0", "1"};
        request.payload.resize(in_.u8().value_or(0));
        coap::RequestBounds bounds;
        if (operation & 0x80) bounds.no_transmission_after = now_ + std::chrono::seconds(5);
        if (operation & 0x40) bounds.give_up_at = now_ + std::chrono::seconds(9);
        open_.insert(endpoint.request(std::move(request), bounds, now_, out_));
    }

    void respond(coap::Endpoint& endpoint) {
        if (incoming_.empty()) return;
        const coap::IncomingId id = incoming_.back();
        incoming_.pop_back();
        coap::Response response{coap::Code::changed, {}, {}};
        // Beyond Limits::answers, too.
        response.payload.resize(in_.u8().value_or(0) * std::size_t{2});
        if (endpoint.respond(id, std::move(response), now_, out_)) unsettled_.insert(id);
    }

    void withdraw(coap::Endpoint& endpoint) {
        if (unsettled_.empty()) return;
        endpoint.withdraw(*unsettled_.begin());
        unsettled_.erase(unsettled_.begin());
    }

    // The last request once more, for a later block of its answer.
    void fetch(coap::Endpoint& endpoint) {
        const auto before = coap::decode(last_request_);
        if (!before) return;
        coap::MessageWriter writer(before->type, before->code, coap::MessageId(next_id_++),
                                   before->token);
        const std::uint16_t block = in_.u16().value_or(0);
        for (const coap::Option& option : before->options)
            if (option.number < coap::OptionNumber::block2)
                writer.option(option.number, option.value);
        writer.option(coap::OptionNumber::block2, std::uint32_t{block});
        endpoint.receive(writer.take(), now_, out_);
    }

    void check(const coap::Endpoint& endpoint) {
        for (const wire::Bytes& datagram : out_.datagrams) {
            require(coap::decode(datagram).has_value());
            require(datagram.size() <= 128);
            last_sent_ = datagram;
        }
        for (const coap::Event& event : out_.events) {
            if (const auto* request = std::get_if<coap::RequestReceived>(&event)) {
                require(request->request.payload.size() <= limits_.body);
                last_request_ = last_received_;
                incoming_.push_back(request->id);
            } else if (const auto* response = std::get_if<coap::ResponseReceived>(&event)) {
                require(response->response.payload.size() <= limits_.body);
                require(open_.erase(response->id) == 1);
            } else if (const auto* failed = std::get_if<coap::RequestFailed>(&event)) {
                require(open_.erase(failed->id) == 1);
            } else if (const auto* settled = std::get_if<coap::ResponseSettled>(&event)) {
                require(unsettled_.erase(settled->id) == 1);
            }
        }
        // What is fetched by blocks comes on top.
        require(incoming_.size() + unsettled_.size() <= limits_.incoming + 1);
        out_ = {};
        // Four requests with body and datagram, one answer and one body of the peer (vectors may
        // hold twice what is in them), what is remembered, two answers, one that is fetched.
        require(endpoint.memory() <=
                4 * (256 + 128) + 4 * limits_.body + 8 * 256 + 2 * 128 + limits_.answers);
    }

    wire::Reader in_;
    coap::Transmission transmission_;
    coap::Limits limits_;
    CountingRandom random_;
    wire::TimePoint now_{std::chrono::hours(1)};
    coap::Output out_;
    wire::Bytes last_sent_;
    wire::Bytes last_received_;
    wire::Bytes last_request_;  // that was told
    std::uint16_t next_id_ = 0x8000;
    std::set<coap::ExchangeId> open_;
    std::vector<coap::IncomingId> incoming_;
    std::set<coap::IncomingId> unsettled_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Script({data, size}).run();
    return 0;
}
