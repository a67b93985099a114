#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include <nlohmann/json.hpp>

#include "server/coap/message.h"
#include "server/explain/coap_message.h"
#include "server/explain/message_reader.h"
#include "server/explain/payload.h"

namespace {

using model::ContentFormat;

constexpr ContentFormat formats[] = {
    ContentFormat::text, ContentFormat::link_format, ContentFormat::opaque,
    ContentFormat::cbor, ContentFormat::senml_json,  ContentFormat::senml_cbor,
    ContentFormat::tlv,  ContentFormat::json,        ContentFormat::lwm2m_cbor};

const std::optional<model::Path> paths[] = {
    std::nullopt,      model::Path(),        model::Path(0),       model::Path(0, 1),
    model::Path(1, 0), model::Path(0, 1, 5), model::Path(2, 0, 2), model::Path(31000, 0)};

// The text is for terminals: no control character but the line's end may be in it.
void check_text(const std::string& text) {
    for (const char c : text)
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7F) std::abort();
}

void check(const nlohmann::ordered_json& shown, const std::string& text) {
    static_cast<void>(shown.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    check_text(text);
}

}  // namespace

// The first octet chooses: a message, or a payload of some format at some path.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto definitions = model::Definitions::built_in();
    if (size == 0) return 0;
    const wire::BytesView octets(data + 1, size - 1);
    const auto& path = paths[data[0] % std::size(paths)];
    const std::size_t format = data[0] / std::size(paths);
    if (format < std::size(formats)) {
        const auto shown = explain::payload_json(formats[format], path, octets, definitions,
                                                 explain::Secrets::masked);
        check(shown, explain::payload_text(shown));
        return 0;
    }
    const auto message = explain::read_message(octets);
    if (message.fault.has_value() != coap::decode(octets).has_error()) std::abort();
    if (message.fault && message.fault->offset > octets.size()) std::abort();
    const auto shown = explain::message_json(octets, path, definitions, explain::Secrets::masked);
    check(shown, explain::message_text(shown));
    return 0;
}
