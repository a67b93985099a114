#include "tests/support/simulated_device.h"

#include <algorithm>
#include <array>
#include <utility>

#include "server/coap/fields.h"

namespace support {
namespace {

using bootstrap::DeviceState;
using coap::Code;
using coap::Message;
using coap::OptionNumber;
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

}  // namespace

SimulatedDevice::SimulatedDevice(std::string endpoint, Habits habits, SeededRandom& random)
    : endpoint_(std::move(endpoint)),
      habits_(std::move(habits)),
      random_(random),
      last_id_(static_cast<std::uint16_t>(random.next_u32())) {
    // Its Bootstrap-Server's account, what it is, and an old server that shall go.
    const auto other = static_cast<model::InstanceId>(habits_.account == 0 ? 1 : 0);
    contents_[{0, habits_.account}] = {{0, wire::to_hex(wire::as_bytes("coap://bs.example"))},
                                       {1, "01"}};
    contents_[{0, other}] = {{0, wire::to_hex(wire::as_bytes("coap://old.example"))}, {10, "63"}};
    contents_[{1, 3}] = {{0, "63"}, {1, "3c"}};
    contents_[{3, 0}] = {{0, wire::to_hex(wire::as_bytes("maker"))}};
    initial_ = snapshot_ = contents_;
}

// ---- its own messages ----

coap::MessageId SimulatedDevice::next_id() {
    return coap::MessageId(++last_id_);
}

void SimulatedDevice::ask(wire::TimePoint now, Datagrams& out) {
    if (bootstrapping_) settle();
    closed_ = false;
    asked_times_ = 0;
    send_request(now, out);
}

void SimulatedDevice::send_request(wire::TimePoint now, Datagrams& out) {
    ++asked_times_;
    request_code_.reset();
    asked_ = true;
    std::array<std::uint8_t, 4> token{};
    random_.fill(token);
    request_token_ = *coap::Token::from(token);
    const coap::MessageId id = next_id();
    coap::MessageWriter writer(Type::confirmable, Code::post, id, request_token_);
    writer.option(OptionNumber::uri_path, wire::as_bytes("bs"));
    writer.option(OptionNumber::uri_query, wire::as_bytes("extra=1"));
    writer.option(OptionNumber::uri_query, wire::as_bytes("ep=" + endpoint_));
    writer.option(OptionNumber::uri_query, wire::as_bytes("pct=11542"));
    send_confirmable(id, writer.take(), true, now, out);
}

void SimulatedDevice::send_confirmable(coap::MessageId id, wire::Bytes datagram, bool is_request,
                                       wire::TimePoint now, Datagrams& out) {
    Outstanding& message = outstanding_[id];
    message.datagram = std::move(datagram);
    message.is_request = is_request;
    message.timeout = std::chrono::duration_cast<wire::Duration>(transmission_.ack_timeout *
                                                                 (1 + random_.next_unit() / 2));
    message.next = now + message.timeout;
    out.push_back(message.datagram);
}

void SimulatedDevice::on_timer(wire::TimePoint now, Datagrams& out) {
    if (bootstrapping_ && now >= expires_) settle();
    bool ask_again = false;
    for (auto it = outstanding_.begin(); it != outstanding_.end();) {
        Outstanding& message = it->second;
        if (now < message.next) {
            ++it;
        } else if (message.sent < transmission_.max_retransmit) {
            ++message.sent;
            message.timeout *= 2;
            message.next = now + message.timeout;
            out.push_back(message.datagram);
            ++it;
        } else {
            // An operation that came meanwhile says that the request was heard.
            ask_again |= message.is_request && !bootstrapping_ && !closed_;
            it = outstanding_.erase(it);
        }
    }
    std::erase_if(handled_, [&](const auto& entry) { return now >= entry.second.until; });
    if (ask_again && asked_times_ < habits_.asks) send_request(now, out);
}

std::optional<wire::TimePoint> SimulatedDevice::next_deadline() const {
    std::optional<wire::TimePoint> earliest;
    if (bootstrapping_) earliest = expires_;
    for (const auto& [id, message] : outstanding_) {
        if (!earliest || message.next < *earliest) earliest = message.next;
    }
    return earliest;
}

// Without a Finish: keeps what it was given, or goes back.
void SimulatedDevice::settle() {
    bootstrapping_ = false;
    asked_ = false;
    if (!habits_.keeps_without_finish) contents_ = snapshot_;
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

void SimulatedDevice::on_reply(const Message& message, wire::TimePoint, Datagrams& out) {
    if (message.type == Type::acknowledgement || message.type == Type::reset) {
        outstanding_.erase(message.id);
    }
    if (coap::is_response(message.code) && message.token == request_token_) {
        request_code_ = message.code;
        std::erase_if(outstanding_, [](const auto& entry) { return entry.second.is_request; });
        if (!coap::is_success(message.code)) asked_ = false;
    }
    if (message.type == Type::confirmable) {
        out.push_back(coap::encode_empty(Type::acknowledgement, message.id));
    }
}

void SimulatedDevice::on_request(const Message& message, wire::TimePoint now, Datagrams& out) {
    if (const auto known = handled_.find(message.id); known != handled_.end()) {
        out.push_back(known->second.reply);
        return;
    }
    const Answer answer = perform(message, now);
    Handled& handled = handled_[message.id];
    handled.until = now + transmission_.exchange_lifetime();
    if (habits_.answers_separately && !closed_) {
        handled.reply = coap::encode_empty(Type::acknowledgement, message.id);
        out.push_back(handled.reply);
        const coap::MessageId id = next_id();
        send_confirmable(id, encode(Type::confirmable, id, message.token, answer), false, now, out);
    } else {
        handled.reply = encode(Type::acknowledgement, message.id, message.token, answer);
        out.push_back(handled.reply);
    }
}

wire::Bytes SimulatedDevice::encode(Type type, coap::MessageId id, const coap::Token& token,
                                    const Answer& answer) const {
    coap::MessageWriter writer(type, answer.code, id, token);
    if (answer.content_format) {
        writer.option(OptionNumber::content_format, std::uint32_t{*answer.content_format});
    }
    if (answer.block2) writer.option(OptionNumber::block2, answer.block2->value());
    if (answer.block1) writer.option(OptionNumber::block1, answer.block1->value());
    writer.payload(wire::as_bytes(answer.payload));
    return writer.take();
}

// ---- operations ----

SimulatedDevice::Answer SimulatedDevice::perform(const Message& message, wire::TimePoint now) {
    auto fields = coap::read_request(message);
    if (!fields) return {Code::bad_option, {}, {}, {}, {}};
    coap::Request& request = fields->request;
    // As Anjay: no query is known on an operation.
    if (!request.queries.empty()) return {Code::bad_option, {}, {}, {}, {}};
    const std::string name = std::string(method_text(request.method)) + joined(request.path);
    const bool is_finish = name == "POST /bs";

    if (!bootstrapping_) {
        if (is_finish && !asked_ && !habits_.accepts_unasked) {
            return {habits_.late_finish, {}, {}, {}, {}};
        }
        if (!asked_ && !habits_.accepts_unasked) return {Code::bad_request, {}, {}, {}, {}};
        bootstrapping_ = true;
        expires_ = now + habits_.lifetime;
        snapshot_ = contents_;
        outstanding_.clear();
    }
    if (fields->block1) {
        if (fields->block1->number == 0) body_.clear();
        if (fields->block1->offset() != body_.size()) {
            return {Code::request_entity_incomplete, {}, {}, {}, {}};
        }
        body_.insert(body_.end(), message.payload.begin(), message.payload.end());
        if (fields->block1->more) return {Code::continue_, {}, {}, fields->block1, {}};
        request.payload = std::move(body_);
        body_.clear();
    } else {
        request.payload.assign(message.payload.begin(), message.payload.end());
    }
    const bool later_block = fields->block2 && fields->block2->number > 0;
    if (!later_block) expires_ = now + habits_.lifetime;

    if (const auto refused = habits_.refuses.find(name); refused != habits_.refuses.end()) {
        return {refused->second, {}, {}, {}, {}};
    }
    Answer answer{Code::method_not_allowed, {}, {}, {}, {}};
    if (is_finish) {
        answer = finish();
    } else if (request.method == Code::get) {
        answer = request.accept == 40 && habits_.knows_discover
                     ? discover(fields->block2)
                     : Answer{Code::bad_request, {}, {}, {}, {}};
    } else if (request.method == Code::delete_) {
        answer = remove(request.path);
    } else if (request.method == Code::put) {
        answer = write(request.path, request);
        answer.block1 = fields->block1;
    }
    if (coap::is_success(answer.code) && request.method != Code::get) executed_.push_back(name);
    return answer;
}

SimulatedDevice::Answer SimulatedDevice::discover(const std::optional<coap::Block>& wanted) const {
    std::string links;
    const std::string separator = habits_.links == Habits::Links::spaced ? ", " : ",";
    switch (habits_.links) {
        case Habits::Links::bare:
            links = "lwm2m=1.0";
            break;
        case Habits::Links::quoted:
            links = "lwm2m=\"1.1\"";
            break;
        case Habits::Links::root:
        case Habits::Links::spaced:
            links = "</>;lwm2m=1.1";
            break;
    }
    for (const auto& [path, instance] : contents_) {
        links += separator + "<" + path.to_string() +
                 (habits_.links == Habits::Links::spaced ? "/>" : ">");
        const bool is_account = path == model::Path(0, habits_.account);
        if (path.object() <= 1 && !is_account) links += ";ssid=99";
        if (is_account && habits_.links == Habits::Links::quoted) links += ";ssid=0";
    }
    links += separator + "</5>";

    Answer answer{Code::content, std::uint16_t{40}, links, {}, {}};
    if (wanted || habits_.discover_szx) {
        coap::Block block = wanted.value_or(coap::Block{0, false, 6});
        if (habits_.discover_szx && *habits_.discover_szx < block.szx) {
            block = {0, false, *habits_.discover_szx};
        }
        if (block.offset() > links.size()) return {Code::bad_option, {}, {}, {}, {}};
        answer.payload = links.substr(block.offset(), block.size());
        block.more = block.offset() + block.size() < links.size();
        answer.block2 = block;
    }
    return answer;
}

bool SimulatedDevice::is_own(const model::Path& path) const {
    return path == model::Path(0, habits_.account) || path == model::Path(3, 0);
}

SimulatedDevice::Answer SimulatedDevice::remove(const std::vector<std::string>& path) {
    const auto what = model::Path::from(joined(path));
    if (!what) return {Code::bad_request, {}, {}, {}, {}};
    const std::size_t removed = std::erase_if(contents_, [&](const auto& entry) {
        // Named itself, even its own account goes: what locks a device out.
        if (what->instance()) return entry.first == *what;
        return (what->is_root() || entry.first.object() == what->object()) && !is_own(entry.first);
    });
    touched_ |= removed > 0;
    if (removed == 0 && habits_.missing_is_not_found) return {Code::not_found, {}, {}, {}, {}};
    return {Code::deleted, {}, {}, {}, {}};
}

SimulatedDevice::Answer SimulatedDevice::write(const std::vector<std::string>& path,
                                               const coap::Request& request) {
    const auto where = model::Path::from(joined(path));
    if (!where || !where->instance() || where->resource())
        return {Code::bad_request, {}, {}, {}, {}};
    if (request.content_format != 11542) {
        return {Code::unsupported_content_format, {}, {}, {}, {}};
    }
    const auto instance = read_instance(request.payload);
    if (!instance) return {Code::bad_request, {}, {}, {}, {}};
    touched_ = true;
    Instance& held = contents_[*where];
    if (!habits_.merges_writes) held.clear();
    for (const auto& [id, value] : *instance) held[id] = value;
    return {Code::changed, {}, {}, {}, {}};
}

SimulatedDevice::Answer SimulatedDevice::finish() {
    if (habits_.finish_code) return {*habits_.finish_code, {}, {}, {}, {}};
    bootstrapping_ = false;
    asked_ = false;
    closed_ = habits_.closes_after_finish;
    return {Code::changed, {}, {}, {}, {}};
}

// ---- the verdict ----

DeviceState SimulatedDevice::state(const Contents& planned, bool alone) const {
    bool complete = true;
    for (const auto& [path, instance] : planned) {
        const auto held = contents_.find(path);
        if (held == contents_.end()) {
            complete = false;
        } else if (alone) {
            complete &= held->second == instance;
        } else {
            for (const auto& [id, value] : instance) {
                const auto resource = held->second.find(id);
                complete &= resource != held->second.end() && resource->second == value;
            }
        }
    }
    for (const auto& [path, instance] : contents_) {
        complete &= !alone || planned.contains(path) || is_own(path);
    }
    // What it needs to come back must be there whatever happens.
    complete &= contents_.contains({0, habits_.account});
    if (complete) return DeviceState::complete;
    if (contents_ == initial_) {
        return touched_ ? DeviceState::rolled_back : DeviceState::as_before;
    }
    return DeviceState::partly_written;
}

}  // namespace support
