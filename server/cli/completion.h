#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cli {

// A command as shells and manuals see it, taken from the tool's own parser.
struct CommandEntry {
    struct Option {
        std::vector<std::string> names;  // "-c", "--config"
        std::string description;
        std::vector<std::string> choices;  // of its value; empty: any
        bool has_value = false;
    };
    std::string path;  // "profile check"; empty: the tool itself
    std::string description;
    std::vector<Option> options;
    std::vector<std::string> choices;  // of its arguments; empty: any
    bool is_group = false;             // others are below it
};
// The tool itself first, each group before what is below it.
std::vector<CommandEntry> command_table();

// The script for "bash", "zsh" or "fish".
std::string completion(std::string_view shell, const std::vector<CommandEntry>&);

}  // namespace cli
