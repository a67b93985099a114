#include "server/cli/command_line.h"

#include <cstdlib>
#include <utility>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "server/cli/commands.h"

namespace cli {
namespace {

void add_socket(CLI::App& app, Commands& commands) {
    app.add_option("--socket", commands.place.socket,
                   "The daemon's socket; else as LWM2M_BOOTSTRAPD_SOCKET in the environment says");
}

}  // namespace

void choose(CLI::App& command, Commands& commands, std::function<ExitCode()> run) {
    command.callback([&commands, run = std::move(run)] { commands.chosen = run; });
}

void choose_remote(CLI::App& command, Commands& commands, std::function<ExitCode()> run) {
    add_socket(command, commands);
    choose(command, commands, std::move(run));
}

void add_commands(CLI::App& app, Commands& commands) {
    app.set_version_flag("--version", "lwm2m-bootstrapctl " BOOTSTRAPD_VERSION);
    app.require_subcommand(1);
    add_socket(app, commands);
    add_status(app, commands);
    add_attach(app, commands);
    add_sessions(app, commands);
    add_device(app, commands);
    add_profile(app, commands);
    add_events(app, commands);
    add_trace(app, commands);
    add_lists(app, commands);
    add_decode(app, commands);
    add_store(app, commands);
    add_token(app, commands);
    add_completion(app, commands);
}

ExitCode run(int argc, const char* const* argv, Console console) {
    Commands commands{console, {}, nullptr};
    if (const char* socket = std::getenv("LWM2M_BOOTSTRAPD_SOCKET");
        socket != nullptr && *socket != '\0')
        commands.place.socket = socket;
    CLI::App app("Speaks to lwm2m-bootstrapd and explains what it sends", "lwm2m-bootstrapctl");
    add_commands(app, commands);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error, console.out, console.err) == 0 ? ExitCode::well : ExitCode::usage;
    }
    const ExitCode code = commands.chosen();
    console.out.flush();
    // What was to be read elsewhere was not written.
    return console.out.good() || code != ExitCode::well ? code : ExitCode::no;
}

}  // namespace cli
