#pragma once

#include <string>
#include <string_view>

#include "server/journal/journal.h"

// The list of all messages, made from messages.h: what `lwm2m-bootstrapd --messages` prints, what
// lwm2m-bootstrapd-messages(7) is and what `journalctl -x` explains a message with.
namespace journal {

std::string_view name_of(Level);
// What a field holds; empty: nobody knows it.
std::string_view meaning_of_field(std::string_view name);

// For people, as plain text of at most 100 columns.
std::string message_list();
// The source of the manual's page, scdoc(5).
std::string message_page();

// MESSAGE_ID of systemd.journal-fields(7), 32 hexadecimal digits: a UUID (RFC 9562 §5.8) made of
// the message's id, which is the same in every version of the daemon.
std::string message_uuid(std::string_view id);
// The system's journal's catalogue, journalctl(1) --catalog.
std::string journal_catalog();

}  // namespace journal
