#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/journal/journal.h"

// The system's journal, systemd-journald.service(8), in its own form: a message with its level, its
// id and every field by name, so that `journalctl BOOTSTRAPD_ENDPOINT=…` finds it.
namespace journal {

// Whether standard error is a stream to it, $JOURNAL_STREAM of systemd.exec(5): what is written
// there would lose its fields.
bool stderr_is_journald();

// "NAME=value" of each, as sd_journal_sendv(3) takes them: MESSAGE, PRIORITY (syslog's), SYSLOG_
// IDENTIFIER, MESSAGE_ID (the id's UUID), BOOTSTRAPD_MESSAGE (the id), then the fields: "remote" is
// BOOTSTRAPD_REMOTE.
std::vector<std::string> journald_entry(const Message&, std::span<const Field>,
                                        std::string_view text);

// False: it did not take it.
bool send_to_journald(const std::vector<std::string>& entry);

}  // namespace journal
