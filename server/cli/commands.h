#pragma once

#include <functional>
#include <string>

#include "server/cli/api.h"
#include "server/cli/console.h"
#include "server/cli/exit_code.h"

namespace CLI {
class App;
}

// The commands of the tool, each added to CLI11's application. What a command is asked for lives
// with what carries it out.
namespace cli {

struct Commands {
    Console& console;
    Place place;                       // as the command line and the environment say
    std::function<ExitCode()> chosen;  // what the command line asks for, once it is parsed
};

// All of them, and the options of the tool itself.
void add_commands(CLI::App&, Commands&);

// Carried out when the command line names it.
void choose(CLI::App& command, Commands&, std::function<ExitCode()> run);
// The same of one that asks the daemon: it has --socket.
void choose_remote(CLI::App& command, Commands&, std::function<ExitCode()> run);

// command_offline.cpp: what is done without the daemon.
void add_profile_check(CLI::App& profile, Commands&);
void add_decode(CLI::App&, Commands&);
void add_store(CLI::App&, Commands&);
void add_token(CLI::App&, Commands&);
void add_completion(CLI::App&, Commands&);
// command_records.cpp
void add_profile(CLI::App&, Commands&);
void add_device(CLI::App&, Commands&);
// command_sessions.cpp
void add_attach(CLI::App&, Commands&);
void add_sessions(CLI::App&, Commands&);
void add_events(CLI::App&, Commands&);
void add_trace(CLI::App&, Commands&);
// command_operations.cpp
void add_status(CLI::App&, Commands&);
void add_lists(CLI::App&, Commands&);

}  // namespace cli
