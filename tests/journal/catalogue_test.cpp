#include "server/journal/catalogue.h"

#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/journal/messages.h"

namespace {

using journal::Message;
using ::testing::HasSubstr;
namespace message = journal::message;

TEST(JournalCatalogue, ExplainsEveryMessage) {
    std::set<std::string_view> ids;
    for (const Message* const each : message::all) {
        EXPECT_TRUE(ids.insert(each->id).second) << each->id << " is there twice";
        EXPECT_EQ(each->id.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos)
            << each->id;
        EXPECT_FALSE(each->text.empty()) << each->id << ": say what happened";
        EXPECT_TRUE(each->meaning.ends_with('.')) << each->id << ": say what it means";
        EXPECT_TRUE(each->remedy.ends_with('.')) << each->id << ": say what to do";
        EXPECT_EQ(each->pace.is_limited(), each->pace.per_second > 0) << each->id;
    }
}

TEST(JournalCatalogue, ExplainsEveryFieldAndNoOther) {
    std::set<std::string> used{"left_out_before"};
    for (const Message* const each : message::all) {
        std::istringstream names{std::string(each->fields)};
        for (std::string name; names >> name; used.insert(name))
            EXPECT_FALSE(journal::meaning_of_field(name).empty())
                << name << " of " << each->id << " has no entry in catalogue.cpp";
    }
    for (const char* const ours : {"time", "level", "id", "text"})  // json_line()'s own
        EXPECT_FALSE(used.contains(ours)) << ours;
    const std::string list = journal::message_list();
    std::istringstream rows(list.substr(list.find("\nFields\n") + 8));
    for (std::string row; std::getline(rows, row);) {
        const std::string name = row.substr(4, row.find(':') - 4);
        EXPECT_TRUE(used.contains(name)) << name << " is explained and no message has it";
    }
}

// What a stranger, a device or a network can cause as often as it likes.
TEST(JournalCatalogue, LimitsWhatTheNetworkCauses) {
    for (const Message* const each :
         {&message::session_started,      &message::session_ended,
          &message::session_not_admitted, &message::request_refused,
          &message::pack_declined,        &message::association_opened,
          &message::association_ended,    &message::handshake_failed,
          &message::handshakes_held_off,  &message::attached,
          &message::attach_refused,       &message::radius_refused,
          &message::credential_pending,   &message::credential_promoted,
          &message::credential_returned,  &message::preparation_failed,
          &message::store_failed,         &message::limit_reached,
          &message::http_request,         &message::http_failed,
          &message::http_refused,         &message::http_handshake_failed,
          &message::webhook_dropped})
        EXPECT_TRUE(each->pace.is_limited()) << each->id;
}

TEST(JournalCatalogue, IsTheListAndThePage) {
    const std::string list = "\n" + journal::message_list();
    const std::string page = journal::message_page();
    for (const Message* const each : message::all) {
        EXPECT_THAT(list, HasSubstr("\n" + std::string(each->id) + " (")) << "in the list";
        std::string id(each->id);
        for (auto at = id.find('_'); at != std::string::npos; at = id.find('_', at + 2))
            id.insert(at, 1, '\\');
        EXPECT_THAT(page, HasSubstr("\n*" + id + "* (")) << "in the page";
    }
    std::istringstream lines(list);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

// They are kept by whoever looks for them: the same for ever, and none twice.
TEST(JournalCatalogue, GivesEveryMessageAnIdOfTheSystemsJournal) {
    EXPECT_EQ(journal::message_uuid("session_ended"), "2805f544047f805cae2611993d11362d");
    std::set<std::string> ids;
    const std::string catalog = journal::journal_catalog();
    for (const Message* const each : message::all) {
        const std::string id = journal::message_uuid(each->id);
        EXPECT_EQ(id.size(), 32U);
        EXPECT_TRUE(ids.insert(id).second) << each->id;
        EXPECT_THAT(catalog, HasSubstr("-- " + id + "\nSubject: "));
    }
}

}  // namespace
