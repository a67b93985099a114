#include "server/cli/completion.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/invocation.h"
#include "tests/cli/scripted_daemon.h"

namespace cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Invocation;

const CommandEntry& entry(const std::vector<CommandEntry>& table, const std::string& path) {
    const auto found = std::ranges::find(table, path, &CommandEntry::path);
    if (found == table.end()) throw std::out_of_range(path);
    return *found;
}

TEST(CliCommandTable, IsWhatTheParserTakes) {
    const auto table = command_table();
    EXPECT_TRUE(table.front().path.empty());
    EXPECT_TRUE(entry(table, "profile").is_group);
    EXPECT_THAT(entry(table, "completion").choices, ElementsAre("bash", "zsh", "fish"));
    const auto& options = entry(table, "device import").options;
    const auto format = std::ranges::find_if(
        options, [](const auto& option) { return option.names.back() == "--format"; });
    ASSERT_NE(format, options.end());
    EXPECT_THAT(format->choices, ElementsAre("ndjson", "csv"));
    EXPECT_TRUE(format->has_value);
    EXPECT_FALSE(options.front().has_value);  // --help
}

TEST(CliCompletion, HasEveryCommandAndOptionForEachShell) {
    const auto table = command_table();
    EXPECT_GT(table.size(), 30U);
    for (const std::string shell : {"bash", "zsh", "fish"}) {
        const Invocation printed({"completion", shell});
        ASSERT_EQ(printed.code, ExitCode::well);
        for (const CommandEntry& each : table) {
            // The part of the script that is for this command.
            const std::string begin = shell == "bash"  ? "        \"" + each.path + "\") words="
                                      : shell == "zsh" ? "        (\"" + each.path + "\")\n"
                                                       : "_at \"" + each.path + "\"'";
            ASSERT_THAT(printed.out, HasSubstr(begin)) << shell;
            std::string part = printed.out.substr(printed.out.find(begin));
            if (shell != "fish") part.resize(part.find(";;\n"));
            for (const auto& option : each.options)
                for (const std::string& name : option.names) {
                    std::string shown = name;
                    if (shell == "fish")
                        shown = name.starts_with("--") ? "-l " + name.substr(2)
                                                       : "-s " + name.substr(1);
                    EXPECT_THAT(part, HasSubstr(shown)) << shell << ": " << each.path;
                }
            const std::string word = each.path.substr(each.path.rfind(' ') + 1);
            EXPECT_THAT(printed.out, HasSubstr(word)) << shell;
        }
    }
    EXPECT_EQ(Invocation({"completion", "csh"}).code, ExitCode::usage);
}

// What bash offers for the last of the words.
class CliBashCompletion : public ::testing::Test {
  protected:
    std::vector<std::string> offered(const std::string& words) const {
        const std::string script = daemon.folder / "completion";
        std::ofstream(script) << completion("bash", command_table());
        const std::string command = "bash -c 'source " + script +
                                    "; COMP_WORDS=(lwm2m-bootstrapctl " + words +
                                    "); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _lwm2m_bootstrapctl;"
                                    " printf \"%s\\n\" \"${COMPREPLY[@]}\"' 2>&1";
        std::string out;
        FILE* const pipe = ::popen(command.c_str(), "r");
        char piece[512];
        while (std::fgets(piece, sizeof piece, pipe) != nullptr) out += piece;
        ::pclose(pipe);
        std::istringstream lines(out);
        std::vector<std::string> all;
        for (std::string line; std::getline(lines, line);) all.push_back(line);
        return all;
    }
    testing::ScriptedDaemon daemon;  // for its folder
};

TEST_F(CliBashCompletion, FollowsTheWordsToTheCommand) {
    EXPECT_THAT(offered("sta"), ElementsAre("status"));
    EXPECT_THAT(offered("profile p"), ElementsAre("plan", "put"));
    EXPECT_THAT(offered("--socket x session s"), ElementsAre("show"));
    EXPECT_THAT(offered("device import --fo"), ElementsAre("--format"));
    EXPECT_THAT(offered("device import --format c"), ElementsAre("csv"));
    EXPECT_THAT(offered("completion z"), ElementsAre("zsh"));
    EXPECT_THAT(offered("attach status --w"), ElementsAre("--wait"));
    EXPECT_THAT(offered("attach x --address \"\""), ElementsAre(""));
    EXPECT_THAT(offered("\"\""), Contains("decode"));
}

// ---- the manual ----

std::string page(const std::string& file) {
    std::ifstream in(SOURCE_FOLDER "/server/" + file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

// What stands in bold and begins with "-": "*-c*, *--config* _FILE_".
std::set<std::string> options_in(const std::string& text) {
    std::set<std::string> found;
    for (std::size_t at = text.find("*-"); at != std::string::npos; at = text.find("*-", at + 1)) {
        const std::size_t end = text.find('*', at + 1);
        if (end != std::string::npos) found.insert(text.substr(at + 1, end - at - 1));
    }
    return found;
}

std::string section(const std::string& text, const std::string& title) {
    const std::size_t begin = text.find("# " + title + "\n");
    if (begin == std::string::npos) return "";
    return text.substr(begin, text.find("\n# ", begin) - begin);
}

// A command's entry begins with its path in bold, at the beginning of a line.
std::map<std::string, std::string> entries_in(const std::string& commands) {
    std::map<std::string, std::string> entries;
    std::size_t begin = commands.find("\n*");
    while (begin != std::string::npos) {
        const std::size_t next = commands.find("\n*", begin + 1);
        const std::string text = commands.substr(begin + 1, next - begin);
        entries[text.substr(1, text.find('*', 1) - 1)] = text;
        begin = next;
    }
    return entries;
}

TEST(CliManual, HasTheCommandsAndOptionsThatThereAreAndNoOthers) {
    const std::string text = page("cli/lwm2m-bootstrapctl.1.scd");
    const auto entries = entries_in(section(text, "COMMANDS"));
    const auto common = options_in(section(text, "OPTIONS"));
    std::set<std::string> commands, of_the_tool;
    for (const CommandEntry& each : command_table()) {
        std::set<std::string> options;
        for (const auto& option : each.options)
            options.insert(option.names.begin(), option.names.end());
        if (each.path.empty()) of_the_tool = options;
        if (each.is_group) continue;
        commands.insert(each.path);
        ASSERT_EQ(entries.count(each.path), 1U) << each.path;
        const auto documented = options_in(entries.at(each.path));
        for (const std::string& option : options)
            EXPECT_TRUE(documented.contains(option) || common.contains(option))
                << each.path << " " << option;
        for (const std::string& option : documented)
            EXPECT_TRUE(options.contains(option)) << each.path << " " << option;
    }
    for (const auto& [path, ignored] : entries) EXPECT_TRUE(commands.contains(path)) << path;
    of_the_tool.insert("--json");
    EXPECT_EQ(common, of_the_tool);
}

TEST(CliManual, TellsEveryExitCode) {
    const std::string text = section(page("cli/lwm2m-bootstrapctl.1.scd"), "EXIT STATUS");
    for (const char* code : {"*0*", "*1*", "*2*", "*3*"}) EXPECT_THAT(text, HasSubstr(code));
}

TEST(CliManual, OfTheDaemonHasItsOptions) {
    std::string help;
    FILE* const pipe = ::popen(BOOTSTRAPD_EXECUTABLE " --help", "r");
    char piece[512];
    while (std::fgets(piece, sizeof piece, pipe) != nullptr) help += piece;
    ::pclose(pipe);
    std::set<std::string> options;
    std::istringstream words(help);
    for (std::string word; words >> word;) {
        std::istringstream names(word);
        for (std::string name; std::getline(names, name, ',');)
            if (name.starts_with('-') && name.size() > 1) options.insert(name);
    }
    EXPECT_EQ(options_in(section(page("lwm2m-bootstrapd.8.scd"), "OPTIONS")), options);
    EXPECT_GT(options.size(), 5U);
}

}  // namespace
}  // namespace cli
