#include <memory>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "server/cli/attach.h"
#include "server/cli/command_options.h"
#include "server/cli/commands.h"
#include "server/cli/sessions.h"
#include "server/cli/trace.h"

namespace cli {
namespace {

void add_one(CLI::App& group, Commands& commands, const std::string& name,
             const std::string& description, ExitCode (*run)(const OneSession&, Console&),
             bool has_json) {
    auto* const command = group.add_subcommand(name, description);
    const auto session = std::make_shared<OneSession>();
    command->add_option("id", session->id, "The session's id")->required();
    if (has_json) add_json(*command, session->json);
    choose_remote(*command, commands, [session, run, &commands] {
        session->place = commands.place;
        return run(*session, commands.console);
    });
}

}  // namespace

void add_attach(CLI::App& app, Commands& commands) {
    auto* const command = app.add_subcommand(
        "attach", "Tell that a device came into the network: it is bootstrapped");
    const auto wanted = std::make_shared<Attach>();
    command->add_option("endpoint", wanted->endpoint, "The device's endpoint name")->required();
    command->add_option("--address", wanted->address, "The IP address where it is dialled");
    command->add_option("--port", wanted->port, "Its port")->check(CLI::Range(1, 65535));
    auto* const wait =
        command->add_flag("--wait", wanted->wait, "Until the session has ended, and tell how");
    command->add_option("--timeout", wanted->timeout, "Seconds that it is waited for at most")
        ->check(CLI::Range(1, 31'536'000))
        ->needs(wait);
    add_json(*command, wanted->json);
    choose_remote(*command, commands, [wanted, &commands] {
        wanted->place = commands.place;
        return attach(*wanted, commands.console);
    });
}

void add_sessions(CLI::App& app, Commands& commands) {
    auto* const list = app.add_subcommand("sessions", "The sessions, the newest first");
    const auto wanted = std::make_shared<Sessions>();
    list->add_option("-e,--endpoint", wanted->endpoint, "Of this device");
    list->add_option("--outcome", wanted->outcome, "That ended so");
    add_limit(*list, wanted->limit);
    auto* const follow = list->add_flag("-f,--follow", wanted->follow,
                                        "Those to come: a line when one starts and when it ends");
    list->add_option("--count", wanted->count, "End after so many lines of --follow")
        ->needs(follow);
    add_json(*list, wanted->json);
    choose_remote(*list, commands, [wanted, &commands] {
        wanted->place = commands.place;
        return list_sessions(*wanted, commands.console);
    });

    auto* const one = app.add_subcommand("session", "One session");
    one->require_subcommand(1);
    add_one(*one, commands, "show", "Operation by operation", show_session, true);
    add_one(*one, commands, "cancel", "Cancel it", cancel_session, false);
}

void add_events(CLI::App& app, Commands& commands) {
    auto* const command = app.add_subcommand("events", "What happens, as it happens");
    const auto wanted = std::make_shared<Events>();
    command->add_option("-e,--endpoint", wanted->endpoint, "To this device");
    command->add_option("--kinds", wanted->kinds, "Only these, with commas between");
    command->add_flag("--kept", wanted->kept, "Begin with what the daemon still has");
    command->add_option("--count", wanted->count, "End after so many");
    add_json(*command, wanted->json);
    choose_remote(*command, commands, [wanted, &commands] {
        wanted->place = commands.place;
        return show_events(*wanted, commands.console);
    });
}

void add_trace(CLI::App& app, Commands& commands) {
    auto* const command = app.add_subcommand(
        "trace", "The messages of an endpoint as a capture file that Wireshark reads");
    const auto wanted = std::make_shared<Trace>();
    command->add_option("endpoint", wanted->endpoint, "The endpoint name")->required();
    command->add_option("--to", wanted->to, "A new file; else it goes to standard output");
    command->add_option("--seconds", wanted->seconds, "End after so long")
        ->check(CLI::Range(1, 604'800));
    command->add_option("--sessions", wanted->sessions, "End when so many sessions have ended")
        ->check(CLI::Range(1, 100'000));
    command->add_flag("--show-secrets", wanted->shows_secrets,
                      "Keys as they are: the file is as secret as they; the daemon writes down "
                      "that it was asked for");
    choose_remote(*command, commands, [wanted, &commands] {
        wanted->place = commands.place;
        return take_trace(*wanted, commands.console);
    });
}

}  // namespace cli
