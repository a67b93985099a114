#include "server/cli/completion.h"

#include <algorithm>

// Each script walks over the words before the one that is completed: those that name a command
// below the one so far lead to it. What is offered then is its options and what is below it; where
// a value or an argument is wanted whose choices nobody knows, file names.

namespace cli {
namespace {

using Table = std::vector<CommandEntry>;

constexpr std::string_view tool = "lwm2m-bootstrapctl";

// "profile" of "profile check", "" of "profile".
std::string_view above(std::string_view path) {
    const std::size_t space = path.rfind(' ');
    return space == std::string_view::npos ? std::string_view() : path.substr(0, space);
}

std::string_view last_word(std::string_view path) {
    return path.substr(path.rfind(' ') + 1);  // npos + 1 is 0
}

// In single quotes, which "'" itself ends.
std::string quoted(std::string_view text, std::string_view quote) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'')
            out += quote;
        else
            out += c;
    }
    return out + "'";
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
    std::string text;
    for (const std::string& word : words) (text += text.empty() ? "" : between) += word;
    return text;
}

std::vector<std::string> below(const CommandEntry& entry, const Table& table) {
    std::vector<std::string> words;
    for (const CommandEntry& other : table)
        if (!other.path.empty() && above(other.path) == entry.path)
            words.emplace_back(last_word(other.path));
    return words;
}

// The patterns of a case or switch: "at word", as in `" profile" "profile check"`.
std::string steps(const Table& table, std::string_view between) {
    std::vector<std::string> patterns;
    for (const CommandEntry& entry : table)
        if (!entry.path.empty())
            patterns.push_back('"' + std::string(above(entry.path)) + ' ' +
                               std::string(last_word(entry.path)) + '"');
    return joined(patterns, between);
}

// The same of a command and its option.
std::string option_patterns(const CommandEntry& entry, const CommandEntry::Option& option) {
    std::vector<std::string> patterns;
    for (const std::string& name : option.names)
        patterns.push_back('"' + entry.path + ' ' + name + '"');
    return joined(patterns, "|");
}

template <class With>
void for_each_value(const Table& table, With with) {
    for (const CommandEntry& entry : table)
        for (const CommandEntry::Option& option : entry.options)
            if (option.has_value) with(option_patterns(entry, option), option);
}

std::string bash(const Table& table) {
    std::string text =
        "_lwm2m_bootstrapctl() {\n"
        "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
        "    local at= word words=\n"
        "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
        "        case \"$at $word\" in\n"
        "            " +
        steps(table, "|") +
        ") at=${at:+$at }$word ;;\n"
        "        esac\n"
        "    done\n"
        "    COMPREPLY=()\n"
        "    case \"$at $previous\" in\n";
    for_each_value(table, [&](const std::string& patterns, const CommandEntry::Option& option) {
        text += "        " + patterns + ") ";
        if (!option.choices.empty())
            text +=
                "COMPREPLY=($(compgen -W '" + joined(option.choices, " ") + "' -- \"$current\")); ";
        text += "return ;;\n";
    });
    text += "    esac\n    case $at in\n";
    for (const CommandEntry& entry : table) {
        auto words = below(entry, table);
        words.insert(words.end(), entry.choices.begin(), entry.choices.end());
        for (const auto& option : entry.options)
            words.insert(words.end(), option.names.begin(), option.names.end());
        text += "        \"" + entry.path + "\") words='" + joined(words, " ") + "' ;;\n";
    }
    return text +
           "    esac\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
           "}\n"
           "complete -o bashdefault -o default -F _lwm2m_bootstrapctl lwm2m-bootstrapctl\n";
}

// 'name:description', with the colons of the name escaped.
std::string described(std::string_view name, std::string_view description) {
    std::string text;
    for (const char c : name) (text += c == ':' ? "\\" : "") += c;
    return quoted((text += ':') += description, "'\\''");
}

std::string zsh(const Table& table) {
    // Not `path`: in zsh that is $PATH.
    std::string text =
        "#compdef lwm2m-bootstrapctl\n"
        "_lwm2m_bootstrapctl() {\n"
        "    local at= word\n"
        "    local -a commands options\n"
        "    for word in \"${(@)words[2,CURRENT-1]}\"; do\n"
        "        case \"$at $word\" in\n"
        "            (" +
        steps(table, "|") +
        ") at=${at:+$at }$word ;;\n"
        "        esac\n"
        "    done\n"
        "    case \"$at ${words[CURRENT-1]}\" in\n";
    for_each_value(table, [&](const std::string& patterns, const CommandEntry::Option& option) {
        text += "        (" + patterns + ") " +
                (option.choices.empty() ? "_files" : "compadd -- " + joined(option.choices, " ")) +
                "; return ;;\n";
    });
    text += "    esac\n    case $at in\n";
    for (const CommandEntry& entry : table) {
        text += "        (\"" + entry.path + "\")\n            commands=(";
        for (const CommandEntry& other : table)
            if (!other.path.empty() && above(other.path) == entry.path)
                text += described(last_word(other.path), other.description) + " ";
        for (const std::string& choice : entry.choices) text += described(choice, "") + " ";
        text += ")\n            options=(";
        for (const auto& option : entry.options)
            for (const std::string& name : option.names)
                text += described(name, option.description) + " ";
        text += ") ;;\n";
    }
    return text +
           "    esac\n"
           "    (( $#commands )) && _describe -t commands command commands\n"
           "    if [[ ${words[CURRENT]} == -* ]]; then\n"
           "        _describe -o -t options option options\n"
           "    elif (( ! $#commands )); then\n"
           "        _files\n"
           "    fi\n"
           "}\n"
           "_lwm2m_bootstrapctl \"$@\"\n";
}

std::string fish(const Table& table) {
    std::string text =
        "function __lwm2m_bootstrapctl_at\n"
        "    set -l at \"\"\n"
        "    set -l words (commandline -opc)\n"
        "    set -e words[1]\n"
        "    for word in $words\n"
        "        switch \"$at $word\"\n"
        "            case " +
        steps(table, " ") +
        "\n"
        "                set at (string trim -- \"$at $word\")\n"
        "        end\n"
        "    end\n"
        "    test \"$at\" = \"$argv[1]\"\n"
        "end\n";
    const auto line = [&](std::string_view path, const std::string& what,
                          std::string_view description) {
        const std::string condition = "__lwm2m_bootstrapctl_at \"" + std::string(path) + "\"";
        text += "complete -c " + std::string(tool) + " -n " + quoted(condition, "\\'") + what;
        if (!description.empty()) text += " -d " + quoted(description, "\\'");
        text += '\n';
    };
    for (const CommandEntry& entry : table) {
        if (!entry.path.empty())
            line(above(entry.path), " -f -a " + std::string(last_word(entry.path)),
                 entry.description);
        if (!entry.choices.empty())
            line(entry.path, " -f -a " + quoted(joined(entry.choices, " "), "\\'"), "");
        for (const auto& option : entry.options) {
            std::string what;
            for (const std::string& name : option.names)
                what += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
            if (option.has_value) what += " -r";
            if (!option.choices.empty())
                what += " -f -a " + quoted(joined(option.choices, " "), "\\'");
            line(entry.path, what, option.description);
        }
    }
    return text;
}

}  // namespace

std::string completion(std::string_view shell, const Table& table) {
    if (shell == "zsh") return zsh(table);
    return shell == "fish" ? fish(table) : bash(table);
}

}  // namespace cli
