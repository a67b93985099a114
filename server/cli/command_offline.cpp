#include <iterator>
#include <memory>
#include <optional>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "server/cli/command_options.h"
#include "server/cli/commands.h"
#include "server/cli/completion.h"
#include "server/cli/decode.h"
#include "server/cli/hex.h"
#include "server/cli/profile_check.h"
#include "server/cli/store_files.h"
#include "server/cli/token.h"
#include "server/explain/names.h"

namespace cli {
namespace {

ExitCode run_decode(Decode& decode, const std::vector<std::string>& words, Console& console) {
    if (words.empty() || (words.size() == 1 && words[0] == "-")) {
        // Two digits an octet, and what stands between them.
        constexpr std::size_t most = 8 * max_hex_octets;
        for (std::istreambuf_iterator<char> at(console.in), end;
             at != end && decode.hex.size() <= most; ++at)
            decode.hex += *at;
    } else {
        for (const std::string& word : words) decode.hex += word + " ";
    }
    return cli::decode(decode, console.out, console.err);
}

}  // namespace

void add_profile_check(CLI::App& profile, Commands& commands) {
    auto* const command = profile.add_subcommand(
        "check", "Tell everything that is wrong with profiles, before a device sees them");
    const auto check = std::make_shared<ProfileCheck>();
    command->add_option("path", check->paths, "Files, or folders of *.json")->required();
    command->add_option("--objects", check->objects, "A folder of Object definitions, *.xml");
    add_json(*command, check->json);
    choose(*command, commands, [check, &console = commands.console] {
        return check_profiles(*check, console.out, console.err);
    });
}

void add_decode(CLI::App& app, Commands& commands) {
    auto* const command = app.add_subcommand(
        "decode", "Explain a CoAP message, or with --format a payload, given in hexadecimal");
    const auto decode = std::make_shared<Decode>();
    const auto words = std::make_shared<std::vector<std::string>>();
    command->add_option("hex", *words,
                        "The octets; \"-\" or nothing: from standard input, where no other user "
                        "sees them");
    add_parsed(
        *command, "--format", decode->format, "It is a payload: " + explain::format_names(),
        [](const std::string& text) { return explain::format_called(text); },
        "one of " + explain::format_names());
    add_parsed(
        *command, "--path", decode->path, "What the payload is about, /0/1",
        [](const std::string& text) { return model::Path::from(text); },
        "\"/\", \"/0\", \"/0/1\" or \"/0/1/5\"");
    command->add_option("--objects", decode->objects, "A folder of Object definitions, *.xml");
    add_json(*command, decode->json);
    command->add_flag("--show-secrets", decode->show_secrets, "Mask nothing");
    choose(*command, commands, [decode, words, &console = commands.console] {
        return run_decode(*decode, *words, console);
    });
}

void add_store(CLI::App& app, Commands& commands) {
    auto* const store = app.add_subcommand("store", "The database of devices, profiles, sessions");
    store->require_subcommand(1);
    const auto files = std::make_shared<StoreFiles>();
    const auto add = [&](const std::string& name, const std::string& description,
                         StoreFiles::Action action, const std::string& file) {
        auto* const command = store->add_subcommand(name, description);
        command->add_option("-c,--config", files->config, "The daemon's settings file")
            ->capture_default_str();
        if (!file.empty()) command->add_option("file", files->file, file)->required();
        choose(*command, commands, [files, action, &console = commands.console] {
            files->action = action;
            return with_store(*files, console.in, console.out, console.err);
        });
    };
    using Action = StoreFiles::Action;
    add("backup", "Copy the whole database, while the daemon runs", Action::backup,
        "The copy, a file that does not exist");
    add("dump", "Write devices and profiles as lines of JSON, secrets sealed", Action::dump,
        "The file to write; \"-\" is standard output");
    add("load", "Take over a dump into the database of a daemon that does not run", Action::load,
        "The dump; \"-\" is standard input");
    add("rewrap", "Seal everything with the master key in force; the daemon does not run",
        Action::rewrap, "");
}

void add_token(CLI::App& app, Commands& commands) {
    auto* const command =
        app.add_subcommand("token", "Make a bearer token, and its entry for the settings");
    const auto token = std::make_shared<NewToken>();
    command->add_option("name", token->name, "Whose it is, for the audit log")->required();
    command->add_option("-r,--role", token->roles, "attach, read, provision or admin; several")
        ->required()
        ->check(CLI::IsMember({"attach", "read", "provision", "admin"}));
    choose(*command, commands,
           [token, &console = commands.console] { return make_token(*token, console.out); });
}

void add_completion(CLI::App& app, Commands& commands) {
    auto* const command =
        app.add_subcommand("completion", "Print what completes this tool's commands in a shell");
    const auto shell = std::make_shared<std::string>();
    command->add_option("shell", *shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    choose(*command, commands, [shell, &console = commands.console] {
        console.out << completion(*shell, command_table());
        return ExitCode::well;
    });
}

}  // namespace cli
