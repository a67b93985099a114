#include "server/cli/event_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cli {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> read(std::string_view stream, std::size_t piece) {
    EventReader reader;
    std::vector<ServerEvent> events;
    for (std::size_t i = 0; i < stream.size(); i += piece)
        EXPECT_TRUE(reader.feed(stream.substr(i, piece), events));
    std::vector<std::string> texts;
    for (const ServerEvent& event : events)
        texts.push_back(event.id + "|" + event.kind + "|" + event.data);
    return texts;
}

// The examples of WHATWG HTML §9.2.6.
TEST(CliEventReader, ReadsTheExamplesOfTheStandardInWhateverPieces) {
    const std::string stream =
        ": test stream\n\n"
        "data: first event\nid: 1\n\n"
        "data:second event\nid\n\n"
        "data:  third event\n\n"
        "data: YHOO\ndata: +2\ndata: 10\n\n"
        "data\n\ndata\ndata\n\ndata:";
    for (std::size_t piece = 1; piece <= stream.size(); ++piece)
        EXPECT_THAT(
            read(stream, piece),
            ElementsAre("1|message|first event", "|message|second event", "|message| third event",
                        "|message|YHOO\n+2\n10", "|message|", "|message|\n"));
}

TEST(CliEventReader, TakesEachOfTheThreeLineEnds) {
    for (const std::string end : {"\n", "\r", "\r\n"}) {
        const std::string stream = "id: 7" + end + "event: attach" + end + "data: {}" + end + end +
                                   "event: other" + end + end + "data: x" + end + end;
        for (const std::size_t piece : {std::size_t{1}, stream.size()})
            EXPECT_THAT(read(stream, piece), ElementsAre("7|attach|{}", "7|message|x"));
    }
}

TEST(CliEventReader, PassesOverWhatItDoesNotKnow) {
    EXPECT_THAT(read(std::string("retry: 5\nunknown: 1\nid: a\0b\ndata: x\n\n", 38), 38),
                ElementsAre("|message|x"));
}

TEST(CliEventReader, GivesUpOnAnEventWithoutAnEnd) {
    EventReader reader;
    std::vector<ServerEvent> events;
    EXPECT_TRUE(reader.feed("data: " + std::string(EventReader::most - 6, 'x'), events));
    EXPECT_FALSE(reader.feed("x", events));

    EventReader lines;
    std::string many;
    while (many.size() <= 2 * EventReader::most) many += "data: " + std::string(1000, 'x') + "\n";
    EXPECT_FALSE(lines.feed(many, events));
    EXPECT_TRUE(events.empty());
}

}  // namespace
}  // namespace cli
