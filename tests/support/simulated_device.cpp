#include "tests/support/simulated_device.h"

#include <algorithm>
#include <array>
#include <utility>

namespace support {
namespace {

using coap::Code;
using coap::Message;
using coap::Type;

std::string joined(const std::vector<std::string>& path) {
    std::string out;
    for (const std::string& segment : path) out += "/" + segment;
    return out.empty() ? "/" : out;
}

std::string_view method_text(Code code) {
    if (code == Code::get) return "GET ";
    if (code == Code::post) return "POST ";
    if (code == Code::put) return "PUT ";
    if (code == Code::delete_) return "DELETE ";
    return "? ";
}

constexpr std::size_t longest_message = 1024;
constexpr std::uint8_t szx_1024 = 6;

// The part of a long answer that was asked for, RFC 7959 §2.4.
void cut(DeviceMessages::Answer& answer, const std::optional<coap::Block>& wanted,
         const std::optional<std::uint8_t>& szx) {
    if (!wanted && !szx && answer.payload.size() <= longest_message) return;
    coap::Block block = wanted.value_or(coap::Block{0, false, szx_1024});
    if (szx && *szx < block.szx) block = {0, false, *szx};
    if (block.offset() > answer.payload.size()) {
        answer = {Code::bad_option, {}, {}, {}, {}};
        return;
    }
    block.more = block.offset() + block.size() < answer.payload.size();
    answer.payload = answer.payload.substr(block.offset(), block.size());
    answer.block2 = block;
}

}  // namespace

SimulatedDevice::SimulatedDevice(std::string endpoint, Habits habits, SeededRandom& random)
    : habits_(std::move(habits)),
      messages_(random),
      store_(habits_),
      asking_(std::move(endpoint), habits_, messages_) {}

// ---- its own requests ----

void SimulatedDevice::ask(wire::TimePoint now, Datagrams& out) {
    if (bootstrapping_) settle();
    closed_ = plays_dead_ = granted_ = false;
    asked_ = true;
    if (habits_.factory_key) {
        std::vector<model::InstanceId> accounts;
        for (const auto& account : store_.accounts()) accounts.push_back(account.instance);
        asking_.name_accounts(std::move(accounts));
    }
    asking_.begin(now, out);
}

void SimulatedDevice::reboot_and_ask(wire::TimePoint now, Datagrams& out) {
    if (bootstrapping_) settle();
    messages_.reboot();
    ask(now, out);
}

void SimulatedDevice::on_timer(wire::TimePoint now, Datagrams& out) {
    if (bootstrapping_ && now >= expires_) settle();
    const bool unheard = messages_.on_timer(now, out);
    // An operation that came meanwhile says that the request was heard.
    if (unheard && !bootstrapping_ && !closed_) asking_.on_silence(now, out);
    if (asking_.on_timer(now, out)) asked_ = true;
}

std::optional<wire::TimePoint> SimulatedDevice::next_deadline() const {
    std::optional<wire::TimePoint> earliest;
    const auto consider = [&](std::optional<wire::TimePoint> time) {
        if (time && (!earliest || *time < *earliest)) earliest = time;
    };
    if (bootstrapping_) consider(expires_);
    consider(messages_.next_deadline());
    consider(asking_.next_deadline());
    return earliest;
}

// Without a Finish: keeps what it was given, or goes back.
void SimulatedDevice::settle() {
    const bool was_bootstrapping = std::exchange(bootstrapping_, false);
    asked_ = granted_ = plays_dead_ = false;
    body_.clear();
    const auto accounts = store_.accounts();
    store_.go_back();
    if (!was_bootstrapping) return;
    if (store_.accounts() != accounts) ++times_rolled_back_;
    if (store_.accounts() != store_.accounts_before()) ++times_kept_;
}

void SimulatedDevice::give_up() {
    if (bootstrapping_) settle();
    messages_.forget_own();
    asking_.stop();
}

void SimulatedDevice::factory_reset() {
    bootstrapping_ = asked_ = granted_ = plays_dead_ = closed_ = false;
    body_.clear();
    messages_.reboot();
    asking_.stop();
    store_.reset();
}

void SimulatedDevice::on_reply(const Message& message, wire::TimePoint now, Datagrams& out) {
    if (message.type == Type::acknowledgement || message.type == Type::reset) {
        messages_.acknowledged(message.id);
    }
    if (message.type == Type::confirmable) {
        out.push_back(coap::encode_empty(Type::acknowledgement, message.id));
    }
    if (!coap::is_response(message.code)) return;
    switch (asking_.on_response(message, now, out)) {
        case DeviceAsking::Heard::nothing:
            break;
        case DeviceAsking::Heard::granted:
            granted_ = true;
            break;
        case DeviceAsking::Heard::refused:
            asked_ = false;
            break;
        case DeviceAsking::Heard::packed:
            asked_ = false;
            store_.begin();
            if (store_.unpack(asking_.pack().format, wire::as_bytes(asking_.pack().payload))) {
                executed_.emplace_back("GET /bspack");
            }
            break;
    }
}

// ---- what it receives ----

void SimulatedDevice::receive(wire::BytesView datagram, wire::TimePoint now, Datagrams& out) {
    on_timer(now, out);
    if (closed_) return;
    const auto message = coap::decode(datagram);
    if (!message) return;
    if (coap::is_request(message->code)) {
        on_request(*message, now, out);
    } else {
        on_reply(*message, now, out);
    }
}

void SimulatedDevice::on_request(const Message& message, wire::TimePoint now, Datagrams& out) {
    if (const wire::Bytes* reply = messages_.seen(message.id)) {
        out.push_back(*reply);
        return;
    }
    const Answer answer = perform(message, now);
    if (habits_.answers_separately && !closed_) {
        out.push_back(coap::encode_empty(Type::acknowledgement, message.id));
        messages_.remember(message.id, out.back(), now);
        const coap::MessageId id = messages_.next_id();
        messages_.send_confirmable(
            id, DeviceMessages::encode(Type::confirmable, id, message.token, answer), false, now,
            out);
    } else {
        out.push_back(
            DeviceMessages::encode(Type::acknowledgement, message.id, message.token, answer));
        messages_.remember(message.id, out.back(), now);
    }
    if (habits_.stray_acknowledgements) {
        out.push_back(DeviceMessages::encode(Type::acknowledgement, message.id, coap::Token(),
                                             {Code::internal_server_error, {}, {}, {}, {}}));
    }
}

std::optional<Code> SimulatedDevice::begin(bool is_finish, wire::TimePoint now) {
    if (bootstrapping_) return std::nullopt;
    if (!asked_ && !habits_.accepts_unasked) {
        return is_finish ? habits_.late_finish : Code::bad_request;
    }
    if (asked_ && !granted_) {
        switch (habits_.early) {
            case Habits::Early::takes:
                break;
            case Habits::Early::cancels_request:
                asking_.stop();
                asked_ = false;
                messages_.forget_own();
                return Code::bad_request;
            case Habits::Early::plays_dead:
                plays_dead_ = true;
                break;
        }
    }
    bootstrapping_ = true;
    expires_ = now + habits_.lifetime;
    store_.begin();
    messages_.forget_own();
    return std::nullopt;
}

std::optional<SimulatedDevice::Answer> SimulatedDevice::gather(coap::RequestFields& fields,
                                                               wire::BytesView payload) {
    if (!fields.block1) {
        fields.request.payload.assign(payload.begin(), payload.end());
        return std::nullopt;
    }
    if (fields.block1->number == 0) body_.clear();
    if (fields.block1->offset() != body_.size()) {
        return Answer{Code::request_entity_incomplete, {}, {}, {}, {}};
    }
    body_.insert(body_.end(), payload.begin(), payload.end());
    if (fields.block1->more) return Answer{Code::continue_, {}, {}, fields.block1, {}};
    fields.request.payload = std::exchange(body_, {});
    return std::nullopt;
}

SimulatedDevice::Answer SimulatedDevice::perform(const Message& message, wire::TimePoint now) {
    auto fields = coap::read_request(message);
    if (!fields) return {Code::bad_option, {}, {}, {}, {}};
    const coap::Request& request = fields->request;
    std::string name = std::string(method_text(request.method)) + joined(request.path);
    const bool is_later_block = (fields->block2 && fields->block2->number > 0) ||
                                (fields->block1 && fields->block1->number > 0);
    if (!is_later_block) {
        operations_.push_back(name);
        for (const std::string& query : request.queries) operations_.back() += "?" + query;
    }
    // As Anjay: no query is known on an operation.
    const bool is_known = std::ranges::all_of(request.queries, [&](const std::string& query) {
        return habits_.knows_version_query && query.starts_with("ver=");
    });
    if (!is_known) return {Code::bad_option, {}, {}, {}, {}};

    const bool is_first = !bootstrapping_;
    if (const auto refusal = begin(name == "POST /bs", now)) return {*refusal, {}, {}, {}, {}};
    // A device that is done must not look as if it had been asked to begin by the last block.
    if (auto partial = gather(*fields, message.payload)) {
        if (habits_.blocks_rearm) expires_ = now + habits_.lifetime;
        return *partial;
    }
    if (!fields->block2 || fields->block2->number == 0) expires_ = now + habits_.lifetime;
    was_read_first_ |= is_first && request.method == Code::get && request.accept != 40;
    Answer answer = carry_out(*fields, name);
    if (fields->block1) answer.block1 = fields->block1;
    const bool took_effect =
        coap::is_success(answer.code) && request.method != Code::get && !plays_dead_;
    if (took_effect) executed_.push_back(std::move(name));
    return answer;
}

SimulatedDevice::Answer SimulatedDevice::carry_out(const coap::RequestFields& fields,
                                                   const std::string& name) {
    const coap::Request& request = fields.request;
    const auto path = model::Path::from(joined(request.path));
    if (plays_dead_ && request.method != Code::get) {
        if (name == "POST /bs") settle();
        return {request.method == Code::delete_ ? Code::deleted : Code::changed, {}, {}, {}, {}};
    }
    if (const auto refused = habits_.refuses.find(name); refused != habits_.refuses.end()) {
        if (habits_.half_makes && path && request.content_format) {
            store_.half_write(*path, *request.content_format, request.payload);
        }
        return {refused->second, {}, {}, {}, {}};
    }
    if (name == "POST /bs") return {finish(), {}, {}, {}, {}};
    if (request.method == Code::get) return look(fields);
    if (!path) return {Code::bad_request, {}, {}, {}, {}};
    if (request.method == Code::delete_) return {store_.remove(*path), {}, {}, {}, {}};
    if (request.method != Code::put) return {Code::method_not_allowed, {}, {}, {}, {}};
    return {store_.write(*path, request.content_format, request.payload), {}, {}, {}, {}};
}

// Discover and Read.
SimulatedDevice::Answer SimulatedDevice::look(const coap::RequestFields& fields) {
    const coap::Request& request = fields.request;
    const auto path = model::Path::from(joined(request.path));
    if (!path) return {Code::bad_request, {}, {}, {}, {}};
    const bool is_discover = request.accept == 40 || (!habits_.needs_accept && !request.accept);
    if (!is_discover && !request.accept) return {Code::bad_request, {}, {}, {}, {}};
    const DeviceStore::Told told =
        is_discover ? store_.discover(*path) : store_.read(*path, *request.accept);
    if (told.code != Code::content) return {told.code, {}, {}, {}, {}};
    Answer answer{
        told.code, is_discover ? std::uint16_t{40} : *request.accept, told.payload, {}, {}};
    cut(answer, fields.block2, habits_.szx);
    return answer;
}

Code SimulatedDevice::finish() {
    const bool is_consistent = !habits_.checks_consistency || store_.is_consistent();
    if (habits_.finish_code || !is_consistent) {
        if (habits_.ends_after_refused_finish) settle();
        return habits_.finish_code.value_or(Code::not_acceptable);
    }
    bootstrapping_ = asked_ = granted_ = false;
    closed_ = habits_.closes_after_finish;
    return Code::changed;
}

}  // namespace support
