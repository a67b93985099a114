#include <iostream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "server/cli/commands.h"
#include "server/cli/completion.h"

namespace cli {
namespace {

// CLI11 tells the members of IsMember by its type's name alone: "TEXT:{ndjson,csv}".
std::vector<std::string> choices_of(const CLI::Option& option) {
    const std::string type = option.get_type_name();
    const std::size_t begin = type.find(":{");
    const std::size_t end = type.find('}');
    if (begin == std::string::npos || end == std::string::npos) return {};
    std::vector<std::string> choices;
    for (std::size_t at = begin + 2; at < end;) {
        const std::size_t comma = std::min(type.find(',', at), end);
        choices.push_back(type.substr(at, comma - at));
        at = comma + 1;
    }
    return choices;
}

CommandEntry entry_of(const CLI::App& app, const std::string& path) {
    CommandEntry entry;
    entry.path = path;
    entry.description = app.get_description();
    entry.is_group = !app.get_subcommands({}).empty();
    for (const CLI::Option* option : app.get_options({})) {
        if (option->get_positional()) {
            for (std::string& choice : choices_of(*option))
                entry.choices.push_back(std::move(choice));
            continue;
        }
        CommandEntry::Option row;
        for (const std::string& name : option->get_snames()) row.names.push_back("-" + name);
        for (const std::string& name : option->get_lnames()) row.names.push_back("--" + name);
        row.description = option->get_description();
        row.choices = choices_of(*option);
        row.has_value = option->get_items_expected_max() > 0;
        entry.options.push_back(std::move(row));
    }
    return entry;
}

void add_entries(const CLI::App& app, const std::string& path, std::vector<CommandEntry>& entries) {
    entries.push_back(entry_of(app, path));
    for (const CLI::App* below : app.get_subcommands({}))
        add_entries(*below, path.empty() ? below->get_name() : path + " " + below->get_name(),
                    entries);
}

}  // namespace

std::vector<CommandEntry> command_table() {
    Console console{std::cin, std::cout, std::cerr};
    Commands commands{console, {}, nullptr};
    CLI::App app("Speaks to lwm2m-bootstrapd and explains what it sends", "lwm2m-bootstrapctl");
    add_commands(app, commands);
    std::vector<CommandEntry> entries;
    add_entries(app, "", entries);
    return entries;
}

}  // namespace cli
