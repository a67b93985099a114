// {
//   "size": 23, "version": 1, "type": "Confirmable", "code": "0.03", "codeName": "PUT",
//   "messageId": 4711, "token": "a1b2",
//   "options": [ { "offset": 6, "number": 11, "name": "Uri-Path" | null, "critical": true,
//                  "unsafe": true, "value": …, "meaning": "…", "problem": "…" } ],
//   "request": "PUT /0/1",                               of a request
//   "payload": { "offset": 17, … as payload.h has it },  where there is one
//   "error": { "offset": 5, "what": "…" }                where it is malformed
// }

#include "server/explain/coap_message.h"

#include <set>

#include <nlohmann/json.hpp>

#include "server/coap/block.h"
#include "server/coap/options.h"
#include "server/coap/types.h"
#include "server/explain/message_reader.h"
#include "server/explain/names.h"
#include "server/explain/option_words.h"
#include "server/explain/payload.h"
#include "server/explain/text_table.h"

namespace explain {
namespace {

using Json = nlohmann::ordered_json;
using coap::OptionNumber;

std::string_view type_word(unsigned type) {
    switch (coap::Type(type & 0x03U)) {
        case coap::Type::confirmable:
            return "Confirmable";
        case coap::Type::non_confirmable:
            return "Non-confirmable";
        case coap::Type::acknowledgement:
            return "Acknowledgement";
        case coap::Type::reset:
            return "Reset";
    }
    return "";
}

std::string block_meaning(const coap::Block& block) {
    return "block " + std::to_string(block.number) + " of " + std::to_string(block.size()) +
           " octets, " + (block.more ? "more follow" : "the last");
}

void put_value(Json& row, const ReadMessage::Option& option, OptionForm form) {
    const auto number = coap::uint_value(option.value);
    const auto put_octets = [&] { row["value"] = wire::to_hex(option.value); };
    switch (form) {
        case OptionForm::empty:
        case OptionForm::opaque:
            return put_octets();
        case OptionForm::text:
            row["value"] = wire::as_text(option.value);
            return;
        case OptionForm::number:
        case OptionForm::content_format:
        case OptionForm::block:
            if (!number) return put_octets();
            row["value"] = *number;
    }
    if (form == OptionForm::content_format && *number <= 0xFFFF)
        row["meaning"] = format_name(static_cast<std::uint16_t>(*number));
    if (form == OptionForm::block)
        if (const auto block = coap::Block::from(option.value))
            row["meaning"] = block_meaning(*block);
}

// What of an option alone makes a server pass it over or refuse the message; empty: nothing.
// RFC 7252 §5.4.1, §5.4.3, §5.4.5.
std::string problem_of(const ReadMessage::Option& option, bool is_repeated) {
    const auto number = OptionNumber(option.number);
    const std::string follows = coap::is_critical(number)
                                    ? ", and it is critical: the message is refused"
                                    : "; it is elective: passed over";
    const auto rule = coap::rule(number);
    if (!rule) return "not known to this server" + follows;
    if (option.value.size() < rule->min_size || option.value.size() > rule->max_size)
        return "its length is not from " + std::to_string(rule->min_size) + " to " +
               std::to_string(rule->max_size) + follows;
    if (is_repeated && !rule->repeatable) return "it may not be repeated" + follows;
    return "";
}

Json options_json(const ReadMessage& message) {
    Json rows = Json::array();
    std::set<std::uint16_t> seen;
    for (const ReadMessage::Option& option : message.options) {
        const OptionWords words = option_words(option.number);
        Json row;
        row["offset"] = option.offset;
        row["number"] = option.number;
        row["name"] = words.name.empty() ? Json() : Json(words.name);
        row["critical"] = coap::is_critical(OptionNumber(option.number));
        row["unsafe"] = (option.number & 2U) != 0;  // a proxy must know it, RFC 7252 §5.4.6
        put_value(row, option, words.form);
        const std::string problem = problem_of(option, !seen.insert(option.number).second);
        if (!problem.empty()) row["problem"] = problem;
        rows.push_back(std::move(row));
    }
    return rows;
}

const ReadMessage::Option* find(const ReadMessage& message, OptionNumber number) {
    for (const ReadMessage::Option& option : message.options)
        if (option.number == static_cast<std::uint16_t>(number)) return &option;
    return nullptr;
}

std::string path_of(const ReadMessage& message) {
    std::string path;
    for (const ReadMessage::Option& option : message.options)
        if (option.number == static_cast<std::uint16_t>(OptionNumber::uri_path))
            (path += "/") += wire::as_text(option.value);
    return path.empty() ? "/" : path;
}

std::string request_line(const ReadMessage& message) {
    std::string line = code_name(coap::Code(message.header->code)) + " " + path_of(message);
    char separator = '?';
    for (const ReadMessage::Option& option : message.options) {
        if (option.number != static_cast<std::uint16_t>(OptionNumber::uri_query)) continue;
        (line += separator) += wire::as_text(option.value);
        separator = '&';
    }
    return line;
}

Json payload_of(const ReadMessage& message, const std::optional<model::Path>& given,
                const model::Definitions& definitions, Secrets secrets) {
    const auto code = coap::Code(message.header->code);
    const bool is_request = coap::is_request(code);
    const auto* const format_option = find(message, OptionNumber::content_format);
    const auto number = format_option != nullptr && format_option->value.size() <= 2
                            ? coap::uint_value(format_option->value)
                            : std::nullopt;
    const auto format =
        number ? model::content_format_from(static_cast<std::uint16_t>(*number)) : std::nullopt;
    const auto* const block_option =
        find(message, is_request ? OptionNumber::block1 : OptionNumber::block2);
    const auto block = block_option != nullptr ? coap::Block::from(block_option->value)
                                               : coap::Result<coap::Block>(coap::Block{});

    Json out;
    out["size"] = message.payload.size();
    if (block && (block->number > 0 || block->more)) {
        out["note"] = "it is one block of a longer body; give the whole body with --format";
    } else if (!format_option && !is_request && !coap::is_success(code)) {
        out["text"] = wire::as_text(message.payload);  // a diagnostic payload, RFC 7252 §5.5.2
    } else if (!number) {
        out["note"] = "the message does not say its content format";
    } else if (!format) {
        out["note"] = "its content format is none of LwM2M's";
    } else {
        auto path = given;
        if (!path && is_request) path = model::Path::from(path_of(message));
        out = payload_json(*format, path, message.payload, definitions, secrets);
    }
    const bool is_told = out.contains("values") || out.contains("links") || out.contains("text");
    if (!is_told && secrets == Secrets::shown) out["hex"] = wire::to_hex(message.payload);
    out["offset"] = message.payload_offset;
    return out;
}

}  // namespace

Json message_json(wire::BytesView octets, const std::optional<model::Path>& path,
                  const model::Definitions& definitions, Secrets secrets) {
    const ReadMessage message = read_message(octets);
    Json out;
    out["size"] = octets.size();
    if (message.header) {
        const auto code = coap::Code(message.header->code);
        out["version"] = message.header->version;
        out["type"] = type_word(message.header->type);
        out["code"] = coap::to_string(code);
        out["codeName"] = code_name(code);
        out["messageId"] = message.header->message_id;
        out["token"] = wire::to_hex(message.token);
        if (coap::is_request(code)) out["request"] = request_line(message);
        out["options"] = options_json(message);
    }
    if (!message.payload.empty()) out["payload"] = payload_of(message, path, definitions, secrets);
    if (message.fault)
        out["error"] = Json{{"offset", message.fault->offset}, {"what", message.fault->what}};
    return out;
}

std::string message_text(const Json& message) {
    std::string text;
    if (message.contains("type")) {
        text = text_at(message, "type") + " ";
        const std::string request = text_at(message, "request");
        text += printable(request.empty() ? text_at(message, "codeName") : request, 4096);
        const std::string token = text_at(message, "token");
        text += ", Message ID " + message["messageId"].dump() +
                (token.empty() ? ", no token" : ", token " + token);
    } else {
        text = "No CoAP message";
    }
    text += ", " + message["size"].dump() + " octets\n";
    if (message.contains("options") && !message["options"].empty()) {
        TextTable table("  ");
        for (const Json& option : message["options"]) {
            std::string name = text_at(option, "name");
            if (name.empty())
                name = std::string(option["critical"].get<bool>() ? "critical" : "elective") +
                       (option["unsafe"].get<bool>() ? ", unsafe" : "");
            std::string value = option["value"].is_string()
                                    ? printable(option["value"].get<std::string>())
                                    : option["value"].dump();
            if (option.contains("meaning")) value += " (" + text_at(option, "meaning") + ")";
            if (option.contains("problem")) value += "  ! " + text_at(option, "problem");
            table.row({"at " + option["offset"].dump(), option["number"].dump(), std::move(name),
                       std::move(value)});
        }
        text += table.text();
    }
    if (message.contains("payload")) {
        const Json& payload = message["payload"];
        text += "payload at " + payload["offset"].dump() + ": " +
                (payload.contains("contentFormat") ? "" : payload["size"].dump() + " octets") +
                payload_text(payload);
    }
    if (message.contains("error"))
        text += "Wrong at octet " + message["error"]["offset"].dump() + ": " +
                text_at(message["error"], "what") + "\n";
    return text;
}

}  // namespace explain
