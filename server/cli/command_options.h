#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <CLI/App.hpp>

// Options that several commands have.
namespace cli {

inline void add_json(CLI::App& command, bool& json) {
    command.add_flag("--json", json, "Say it as JSON");
}

inline void add_limit(CLI::App& command, std::size_t& limit) {
    command.add_option("--limit", limit, "How many at most; 0: all")->capture_default_str();
}

// What an option's text stands for; CLI11 tells its user with the option's name.
template <class T, class Parse>
CLI::Option* add_parsed(CLI::App& command, const std::string& name, std::optional<T>& into,
                        const std::string& description, Parse parse, const std::string& wanted) {
    return command.add_option_function<std::string>(
        name,
        [&into, parse, wanted, name](const std::string& text) {
            into = parse(text);
            if (!into) throw CLI::ValidationError(name, "is " + wanted);
        },
        description);
}

}  // namespace cli
