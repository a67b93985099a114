#include "tests/coap/conversation.h"

#include <algorithm>
#include <stdexcept>

namespace coap {

wire::Bytes from_hex(std::string_view text) {
    wire::Bytes octets;
    std::string digits;
    for (const char c : text) {
        if (c == ' ' || c == '\n') continue;
        digits += c;
        if (digits.size() < 2) continue;
        octets.push_back(static_cast<std::uint8_t>(std::stoi(digits, nullptr, 16)));
        digits.clear();
    }
    return octets;
}

void ScriptedRandom::fill(std::span<std::uint8_t> out) {
    if (out.size() == 8) {
        std::fill(out.begin(), out.end(), ++tokens_);
        return;
    }
    const auto number = static_cast<std::uint32_t>(unit * 4294967295.0);
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<std::uint8_t>(number >> (8 * (3 - i % 4)));
}

Seen see(wire::BytesView datagram) {
    const auto message = decode(datagram);
    if (!message) throw std::runtime_error("we sent a malformed message");
    Seen seen{.type = message->type,
              .code = message->code,
              .id = message->id,
              .token = message->token,
              .path = {},
              .queries = {},
              .content_format = {},
              .accept = {},
              .block1 = {},
              .block2 = {},
              .size2 = {},
              .etag = {},
              .payload = std::string(wire::as_text(message->payload))};
    if (is_request(message->code)) {
        const auto fields = *read_request(*message);
        seen.path = fields.request.path;
        seen.queries = fields.request.queries;
        seen.content_format = fields.request.content_format;
        seen.accept = fields.request.accept;
        seen.block1 = fields.block1;
        seen.block2 = fields.block2;
    } else if (message->code != Code::empty) {
        const auto fields = *read_response(*message);
        seen.content_format = fields.content_format;
        seen.block1 = fields.block1;
        seen.block2 = fields.block2;
        if (fields.etag) seen.etag = std::string(wire::as_text(*fields.etag));
        for (const Option& option : message->options)
            if (option.number == OptionNumber::size2) seen.size2 = uint_value(option.value);
    }
    return seen;
}

wire::Bytes encode_reply(Type type, MessageId id, const Token& token, const Reply& reply) {
    MessageWriter writer(type, reply.code, id, token);
    if (!reply.etag.empty()) writer.option(OptionNumber::etag, wire::as_bytes(reply.etag));
    if (reply.content_format)
        writer.option(OptionNumber::content_format, std::uint32_t{*reply.content_format});
    if (reply.block2) writer.option(OptionNumber::block2, reply.block2->value());
    if (reply.block1) writer.option(OptionNumber::block1, reply.block1->value());
    writer.payload(wire::as_bytes(reply.payload));
    return writer.take();
}

Conversation::Conversation(Endpoint::Security security, Limits limits_, Transmission transmission_)
    : transmission(transmission_),
      limits(limits_),
      endpoint(transmission, limits, random, security) {}

std::vector<wire::Bytes> Conversation::sent() {
    return std::exchange(out.datagrams, {});
}

std::vector<Event> Conversation::events() {
    return std::exchange(out.events, {});
}

Seen Conversation::sent_one() {
    const auto all = sent();
    if (all.size() != 1)
        throw std::runtime_error(std::to_string(all.size()) + " datagrams, not one");
    return see(all.front());
}

wire::TimePoint Conversation::at(double seconds) const {
    return start +
           std::chrono::duration_cast<wire::Duration>(std::chrono::duration<double>(seconds));
}

void Conversation::run_until(double seconds) {
    const wire::TimePoint end = at(seconds);
    for (auto due = endpoint.next_deadline(); due && *due <= end; due = endpoint.next_deadline()) {
        now = std::max(now, *due);
        endpoint.on_timer(now, out);
    }
    now = end;
}

ExchangeId Conversation::get(std::string path, const RequestBounds& bounds) {
    Request request;
    request.method = Code::get;
    request.path = {std::move(path)};
    request.accept = 40;
    return endpoint.request(std::move(request), bounds, now, out);
}

ExchangeId Conversation::put(std::string payload, const RequestBounds& bounds) {
    Request request;
    request.method = Code::put;
    request.path = {"0", "1"};
    request.content_format = 11542;
    request.payload.assign(payload.begin(), payload.end());
    return endpoint.request(std::move(request), bounds, now, out);
}

void Conversation::piggyback(const Seen& request, const Reply& reply) {
    receive(encode_reply(Type::acknowledgement, request.id, request.token, reply));
}

void Conversation::answer_separately(const Seen& request, Type type, MessageId id,
                                     const Reply& reply) {
    receive(encode_reply(type, id, request.token, reply));
}

void Conversation::empty(Type type, MessageId id) {
    receive(encode_empty(type, id));
}

}  // namespace coap
