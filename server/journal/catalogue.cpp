#include "server/journal/catalogue.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "server/journal/messages.h"

namespace journal {
namespace {

using Row = std::pair<std::string_view, std::string_view>;

// A name means the same in every message.
constexpr auto field_meanings = std::to_array<Row>({
    {"address", "an address that is served; of an attach event: the device's"},
    {"attempts", "how often it has been tried"},
    {"caller", "who asked, as the audit log names them"},
    {"cause", "why, in words"},
    {"changed", "the settings that are other than before, as JSON Pointers; empty: none"},
    {"cipher", "the suite, as OpenSSL names it"},
    {"client", "the gateway's name in the settings"},
    {"code", "the CoAP code of the answer"},
    {"count", "how many"},
    {"daysLeft", "days until then; negative: since then"},
    {"delivery", "the number of the webhook's message"},
    {"devices", "how many devices"},
    {"disabled", "records that were disabled: no file has them any more"},
    {"dropped", "messages that are not in it"},
    {"endpoint", "the device's Endpoint Client Name"},
    {"ends", "when, RFC 3339"},
    {"exitCode", "the exit status"},
    {"file", "the file"},
    {"hook", "the webhook's name in the settings"},
    {"identity", "the PSK identity"},
    {"kind", "which kind: of an event, of a failure, of a certificate"},
    {"left_out_before", "lines of this message that were withheld since the one before"},
    {"limit", "the setting that is the limit"},
    {"message", "the id of the message"},
    {"messages", "how many are in it"},
    {"method", "of HTTP"},
    {"mode", "client-initiated or server-initiated"},
    {"name", "what it is called: a subject, a file"},
    {"operations", "how many operations were sent"},
    {"outcome", "how the session ended"},
    {"peer", "who the peer claims to be: an identity, a certificate's subject"},
    {"pointer", "the place in the file, a JSON Pointer"},
    {"problem", "what is wrong there"},
    {"problems", "how many"},
    {"profile", "the profile's name"},
    {"profiles", "how many profiles are in force"},
    {"reason", "why, in words"},
    {"remedy", "what to write instead"},
    {"remote", "the peer's address and port"},
    {"rotation", "the rotation's id"},
    {"running", "sessions that run"},
    {"secured", "whether there is DTLS"},
    {"secrets", "show or hide"},
    {"service", "coap, coaps, radius, http or https"},
    {"session", "the session's id"},
    {"settings", "the settings file"},
    {"shards", "threads that serve devices"},
    {"source", "who told: the name of a network's mapping, of a gateway, of the API's way"},
    {"state", "finished, cancelled or failed"},
    {"status", "of HTTP"},
    {"target", "the request's path, without its query"},
    {"took", "how long it took"},
    {"triggered", "whether a network's event led to it"},
    {"triggers", "how many"},
    {"unchanged", "records that were as they are already"},
    {"value", "what the limit is"},
    {"version", "the daemon's"},
    {"waiting", "sessions that wait for their device"},
    {"warning", "what may be a surprise"},
    {"what", "what was to be kept"},
    {"written", "records that were written"},
});

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        words.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

std::string pace_of(const Message& message) {
    return std::to_string(message.pace.burst) + " at once, then " +
           std::to_string(message.pace.per_second) + " a second";
}

// Broken between words; every line after the first begins with `margin`.
std::string wrapped(std::string_view text, std::string_view margin) {
    constexpr std::size_t columns = 100;
    std::string out(margin);
    std::size_t column = margin.size();
    for (const std::string_view word : words_of(text)) {
        if (column > margin.size() && column + 1 + word.size() > columns) {
            (out += '\n') += margin;
            column = margin.size();
        }
        if (column > margin.size()) {
            out += ' ';
            ++column;
        }
        out += word;
        column += word.size();
    }
    return out += '\n';
}

// What scdoc would take for its own, scdoc(5).
std::string escaped(std::string_view text) {
    constexpr std::string_view special = "\\_*`~<>#[]";
    std::string out;
    for (const char c : text) {
        if (special.find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

// FNV-1a; another beginning makes another hash.
std::uint64_t hash(std::string_view text, std::uint64_t from) {
    for (const char c : text) {
        from ^= static_cast<std::uint8_t>(c);
        from *= 0x100000001B3U;
    }
    return from;
}

std::string hexadecimal(std::uint64_t number) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out(16, '0');
    for (auto at = out.rbegin(); at != out.rend(); ++at, number >>= 4) *at = digits[number & 15];
    return out;
}

std::string sentence(std::string_view text) {
    std::string out(text);
    if (!out.empty() && out.front() >= 'a' && out.front() <= 'z')
        out.front() = static_cast<char>(out.front() - 'a' + 'A');
    if (!out.empty() && out.back() != '.') out += '.';
    return out;
}

}  // namespace

std::string_view name_of(Level level) {
    switch (level) {
        case Level::trace:
            return "trace";
        case Level::debug:
            return "debug";
        case Level::info:
            return "info";
        case Level::warning:
            return "warning";
        case Level::error:
            return "error";
    }
    return "error";
}

std::string_view meaning_of_field(std::string_view name) {
    for (const Row& row : field_meanings)
        if (row.first == name) return row.second;
    return {};
}

std::string message_list() {
    std::string out;
    for (const Message* const each : message::all) {
        ((out += each->id) += " (") += name_of(each->level);
        out += ")\n";
        out += wrapped(sentence(each->text), "    ");
        out += wrapped(each->meaning, "    ");
        out += wrapped("To do: " + std::string(each->remedy), "    ");
        if (!each->fields.empty()) out += wrapped("Fields: " + std::string(each->fields), "    ");
        if (each->pace.is_limited()) out += wrapped("Pace: " + pace_of(*each), "    ");
        out += '\n';
    }
    out += "Fields\n";
    for (const auto& [name, meaning] : field_meanings)
        out += "    " + std::string(name) + ": " + std::string(meaning) + "\n";
    return out;
}

std::string message_page() {
    std::string out =
        "lwm2m-bootstrapd-messages(7) \"lwm2m-bootstrapd\"\n\n# NAME\n\n"
        "lwm2m-bootstrapd-messages - what lwm2m-bootstrapd writes into its log\n\n"
        "# DESCRIPTION\n\n"
        "Every message has an id, a level and fields. The daemon writes to standard error: as text "
        "for\npeople or as JSON, one object a line, as the settings' *log* says. Where standard "
        "error is the\nsystem's journal and the format is text, the fields go to it by name: "
        "*endpoint* is\n*BOOTSTRAPD\\_ENDPOINT*, the id is *BOOTSTRAPD\\_MESSAGE*.\n\n"
        "\tjournalctl -u lwm2m-bootstrapd BOOTSTRAPD\\_MESSAGE=session\\_ended\n\n"
        "*journalctl -x* shows beside each message what this page says of it.\n\n"
        "What strangers, devices and networks cause has a pace: so many lines at once, then so "
        "many a\nsecond. The next line after those withheld says how many they were in "
        "*left\\_out\\_before*, or, when\nnone follows, a line *messages\\_withheld* does.\n\n"
        "*lwm2m-bootstrapd --messages* prints this list of the daemon that is installed.\n\n"
        "# MESSAGES\n\n";
    for (const Message* const each : message::all) {
        out += "*" + escaped(each->id) + "* (" + std::string(name_of(each->level)) + ")\n";
        out += "\t" + escaped(sentence(each->text)) + "++\n";
        out += escaped(each->meaning) + "++\n";
        out += "To do: " + escaped(each->remedy);
        if (!each->fields.empty()) {
            out += "++\nFields:";
            for (const std::string_view field : words_of(each->fields))
                out += " _" + escaped(field) + "_";
        }
        if (each->pace.is_limited()) out += "++\nPace: " + pace_of(*each);
        out += "\n\n";
    }
    out += "# FIELDS\n\n";
    for (const auto& [name, meaning] : field_meanings)
        out += "*" + escaped(name) + "*\n\t" + escaped(sentence(meaning)) + "\n\n";
    return out + "# SEE ALSO\n\n*lwm2m-bootstrapd*(8), *lwm2m-bootstrapctl*(1), *journalctl*(1)\n";
}

std::string message_uuid(std::string_view id) {
    const std::string text = "lwm2m-bootstrapd " + std::string(id);
    std::string out =
        hexadecimal(hash(text, 0xCBF29CE484222325U)) + hexadecimal(hash(text, 0x84222325CBF29CE4U));
    out[12] = '8';  // version 8: made in a way of its own
    out[16] = 'a';  // the variant of RFC 9562
    return out;
}

std::string journal_catalog() {
    std::string out;
    for (const Message* const each : message::all) {
        ((out += "-- ") += message_uuid(each->id)) += "\nSubject: ";
        (out += sentence(each->text)) += "\nDefined-By: lwm2m-bootstrapd\n";
        out += "Documentation: man:lwm2m-bootstrapd-messages(7)\n\n";
        (out += wrapped(each->meaning, "")) += '\n';
        (out += wrapped("To do: " + std::string(each->remedy), "")) += '\n';
    }
    return out;
}

}  // namespace journal
