#include "server/journal/journald.h"

// A line of this file would stand in every entry as the place that it comes from.
#define SD_JOURNAL_SUPPRESS_LOCATION

#include <cstdlib>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "server/journal/catalogue.h"
#include "server/journal/line.h"

namespace journal {
namespace {

// syslog(3).
char priority(Level level) {
    switch (level) {
        case Level::trace:
        case Level::debug:
            return '7';
        case Level::info:
            return '6';
        case Level::warning:
            return '4';
        case Level::error:
            return '3';
    }
    return '3';
}

// Upper case letters, digits and underscores alone, systemd.journal-fields(7).
std::string field_name(std::string_view name) {
    std::string out = "BOOTSTRAPD_";
    for (const char sign : name) {
        const bool lower = sign >= 'a' && sign <= 'z';
        const bool plain = (sign >= 'A' && sign <= 'Z') || (sign >= '0' && sign <= '9');
        if (lower)
            out += static_cast<char>(sign - 'a' + 'A');
        else
            out += plain ? sign : '_';
    }
    return out;
}

}  // namespace

bool stderr_is_journald() {
    const char* const stream = std::getenv("JOURNAL_STREAM");
    struct stat status {};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
    return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) == stream;
}

std::vector<std::string> journald_entry(const Message& message, std::span<const Field> fields,
                                        std::string_view text) {
    std::vector<std::string> entry;
    entry.reserve(5 + fields.size());
    entry.push_back("MESSAGE=" + std::string(text));
    entry.push_back(std::string("PRIORITY=") + priority(message.level));
    entry.emplace_back("SYSLOG_IDENTIFIER=lwm2m-bootstrapd");
    entry.push_back("MESSAGE_ID=" + message_uuid(message.id));
    entry.push_back("BOOTSTRAPD_MESSAGE=" + std::string(message.id));
    for (const Field& field : fields)
        if (!field.value.empty())
            entry.push_back(field_name(field.name) + "=" + field.value.substr(0, max_value));
    return entry;
}

bool send_to_journald(const std::vector<std::string>& entry) {
    std::vector<iovec> parts;
    parts.reserve(entry.size());
    // The journal does not write through the pointers, whose type is not const.
    for (const std::string& field : entry)
        parts.push_back({const_cast<char*>(field.data()), field.size()});
    return sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) == 0;
}

}  // namespace journal
