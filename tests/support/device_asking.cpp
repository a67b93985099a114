#include "tests/support/device_asking.h"

#include <algorithm>

#include "server/coap/fields.h"

namespace support {

using coap::Code;
using coap::OptionNumber;

namespace {

constexpr std::uint16_t senml_cbor = 112;
constexpr std::uint8_t szx_1024 = 6;

}  // namespace

void DeviceAsking::begin(wire::TimePoint now, DeviceMessages::Datagrams& out) {
    times_ = 0;
    pause_ = {};
    ++times_;
    send(habits_.asks_for_a_pack ? Stage::pack
         : habits_.pct           ? Stage::with_format
                                 : Stage::plain,
         now, out);
}

void DeviceAsking::stop() {
    stage_ = Stage::none;
    returns_at_.reset();
}

void DeviceAsking::send(Stage stage, wire::TimePoint now, DeviceMessages::Datagrams& out) {
    stage_ = stage;
    code_.reset();
    returns_at_.reset();
    token_ = messages_.new_token();
    const bool is_pack = stage == Stage::pack;
    if (is_pack && pack_.payload.empty()) pack_ = {};
    const coap::MessageId id = messages_.next_id();
    coap::MessageWriter writer(coap::Type::confirmable, is_pack ? Code::get : Code::post, id,
                               token_);
    for (const std::string& segment : habits_.path_in_front) {
        writer.option(OptionNumber::uri_path, wire::as_bytes(segment));
    }
    writer.option(OptionNumber::uri_path, wire::as_bytes(is_pack ? "bspack" : "bs"));
    std::vector<std::string> queries = habits_.other_queries;
    if (habits_.names_itself) queries.push_back("ep=" + endpoint_);
    if (stage == Stage::with_format) queries.push_back("pct=" + std::to_string(*habits_.pct));
    if (habits_.tells_account) {
        std::string links;
        for (const model::InstanceId account : accounts_) {
            links += (links.empty() ? "</0/" : ",</0/") + std::to_string(account) + ">";
        }
        queries.push_back("acc=" + links);
    }
    for (const std::string& query : queries) {
        writer.option(OptionNumber::uri_query, wire::as_bytes(query));
    }
    if (is_pack) {
        writer.option(OptionNumber::accept, std::uint32_t{senml_cbor});
        const coap::Block wanted{static_cast<std::uint32_t>(pack_.payload.size() / 1024), false,
                                 szx_1024};
        if (!pack_.payload.empty()) writer.option(OptionNumber::block2, wanted.value());
    }
    if (!is_pack || pack_.payload.empty()) {
        sent_.emplace_back(is_pack                       ? "GET /bspack"
                           : stage == Stage::with_format ? "POST /bs?pct"
                                                         : "POST /bs");
    }
    messages_.send_confirmable(id, writer.take(), true, now, out);
}

DeviceAsking::Heard DeviceAsking::on_response(const coap::Message& message, wire::TimePoint now,
                                              DeviceMessages::Datagrams& out) {
    if (stage_ == Stage::none || message.token != token_) return Heard::nothing;
    messages_.request_answered();
    code_ = message.code;
    if (stage_ == Stage::pack) return on_pack(message, now, out);
    if (coap::is_success(message.code)) {
        stage_ = Stage::none;
        return Heard::granted;
    }
    const bool is_client_error = coap::code_class(message.code) == 4;
    if (stage_ == Stage::with_format && is_client_error && habits_.asks_again_without_pct) {
        send(Stage::plain, now, out);
        return Heard::nothing;
    }
    stage_ = Stage::none;
    // A 5.xx silences some until somebody reconnects them by hand.
    if (is_client_error && habits_.returns_after && times_ < habits_.asks) {
        pause_ = pause_ == wire::Duration{} ? *habits_.returns_after
                                            : std::min(2 * pause_, habits_.returns_after_at_most);
        returns_at_ = now + pause_;
    }
    return Heard::refused;
}

DeviceAsking::Heard DeviceAsking::on_pack(const coap::Message& message, wire::TimePoint now,
                                          DeviceMessages::Datagrams& out) {
    const auto fields = coap::read_response(message);
    if (message.code != Code::content || !fields) {
        pack_ = {};
        send(habits_.pct ? Stage::with_format : Stage::plain, now, out);
        return Heard::nothing;
    }
    pack_.format = fields->content_format.value_or(0);
    pack_.payload += wire::as_text(message.payload);
    if (fields->block2 && fields->block2->more) {
        send(Stage::pack, now, out);
        return Heard::nothing;
    }
    stage_ = Stage::none;
    return Heard::packed;
}

void DeviceAsking::on_silence(wire::TimePoint now, DeviceMessages::Datagrams& out) {
    if (stage_ == Stage::none || times_ >= habits_.asks) return;
    ++times_;
    pack_ = {};
    send(stage_, now, out);
}

bool DeviceAsking::on_timer(wire::TimePoint now, DeviceMessages::Datagrams& out) {
    if (!returns_at_ || now < *returns_at_) return false;
    ++times_;
    send(habits_.pct ? Stage::with_format : Stage::plain, now, out);
    return true;
}

}  // namespace support
