#include <memory>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "server/cli/command_options.h"
#include "server/cli/commands.h"
#include "server/cli/operations.h"
#include "server/cli/status.h"

namespace cli {
namespace {

// A list, and how it is asked for.
struct Asked {
    std::size_t limit = 100;
    bool json = false;
};

void run_list(CLI::App& command, Commands& commands, std::function<Listing()> listing) {
    const auto asked = std::make_shared<Asked>();
    add_limit(command, asked->limit);
    add_json(command, asked->json);
    choose_remote(command, commands, [asked, &commands, listing = std::move(listing)] {
        Listing wanted = listing();
        wanted.place = commands.place;
        wanted.limit = asked->limit;
        wanted.json = asked->json;
        return show(wanted, commands.console);
    });
}

}  // namespace

void add_status(CLI::App& app, Commands& commands) {
    auto* const status = app.add_subcommand("status", "What the daemon is doing");
    const auto wanted = std::make_shared<Status>();
    add_json(*status, wanted->json);
    choose_remote(*status, commands, [wanted, &commands] {
        wanted->place = commands.place;
        return show_status(*wanted, commands.console);
    });
    auto* const health = app.add_subcommand("health", "Whether the daemon can serve");
    choose_remote(*health, commands,
                  [&commands] { return check_health(commands.place, commands.console); });
    auto* const again = app.add_subcommand(
        "reload", "Have settings, profiles and devices read again, and tell what came of it");
    const auto reloading = std::make_shared<Reload>();
    add_json(*again, reloading->json);
    choose_remote(*again, commands, [reloading, &commands] {
        reloading->place = commands.place;
        return reload(*reloading, commands.console);
    });
}

void add_lists(CLI::App& app, Commands& commands) {
    auto* const audit = app.add_subcommand("audit", "Who changed what");
    const auto question = std::make_shared<AuditQuestion>();
    audit->add_option("--actor", question->actor, "By this one");
    audit->add_option("--action", question->action, "Of this kind, device.put");
    audit->add_option("--subject", question->subject, "To this one");
    run_list(*audit, commands, [question] { return audit_listing(*question); });

    auto* const strangers =
        app.add_subcommand("strangers", "Devices that came into the network and nobody knows");
    run_list(*strangers, commands, strangers_listing);

    auto* const deliveries =
        app.add_subcommand("deliveries", "What webhooks have not been told yet");
    const auto which = std::make_shared<DeliveriesQuestion>();
    deliveries->add_option("--hook", which->hook, "Of this webhook");
    deliveries->add_option("-e,--endpoint", which->endpoint, "About this device");
    run_list(*deliveries, commands, [which] { return deliveries_listing(*which); });
}

}  // namespace cli
