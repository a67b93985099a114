#include <memory>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "server/cli/command_options.h"
#include "server/cli/commands.h"
#include "server/cli/device_import.h"
#include "server/cli/profile_plan.h"
#include "server/cli/records.h"
#include "server/explain/names.h"

namespace cli {
namespace {

constexpr const char* file_help = "One JSON object or an array of them; \"-\": standard input";

void add_one(CLI::App& group, Commands& commands, const std::string& name,
             const std::string& description, const std::string& argument,
             ExitCode (*run)(const OneRecord&, Console&), bool has_json) {
    auto* const command = group.add_subcommand(name, description);
    const auto record = std::make_shared<OneRecord>();
    command
        ->add_option(argument, record->name,
                     argument == "endpoint" ? "The device's endpoint name" : "The profile's name")
        ->required();
    if (has_json) add_json(*command, record->json);
    choose_remote(*command, commands, [record, run, &commands] {
        record->place = commands.place;
        return run(*record, commands.console);
    });
}

void add_put(CLI::App& profile, Commands& commands) {
    auto* const command = profile.add_subcommand("put",
                                                 "Store profiles, new ones or in place of "
                                                 "those of the same names");
    const auto wanted = std::make_shared<PutRecords>();
    wanted->kind = PutRecords::Kind::profile;
    wanted->replace = true;
    command->add_option("file", wanted->file, file_help)->required();
    choose_remote(*command, commands, [wanted, &commands] {
        wanted->place = commands.place;
        return put_records(*wanted, commands.console);
    });
}

void add_plan(CLI::App& profile, Commands& commands) {
    auto* const command = profile.add_subcommand(
        "plan", "Show every operation that would be sent to a device, without sending it");
    const auto plan = std::make_shared<ProfilePlan>();
    command->add_option("name", plan->question.profile, "The profile's name")->required();
    command->add_option("-e,--endpoint", plan->question.endpoint, "The device's endpoint name")
        ->required();
    add_parsed(
        *command, "--account", plan->question.assumed.account,
        "Where the device's Bootstrap-Server account is, /0/0 without it",
        [](const std::string& text) { return explain::account_from(text); },
        "the path of a Security instance (\"/0/1\"), others after a comma (\"/0/1,/21/0\")");
    add_parsed(
        *command, "--content-format", plan->question.assumed.content_format,
        "What the device asks for in pct: " + explain::session_format_names(),
        [](const std::string& text) { return explain::session_format_from(text); },
        "one of " + explain::session_format_names());
    command->add_option("-c,--config", plan->config, "Read this settings file and ask no daemon");
    add_json(*command, plan->json);
    choose_remote(*command, commands, [plan, &commands] {
        plan->place = commands.place;
        return show_plan(*plan, commands.console.out, commands.console.err);
    });
}

void add_list_of_profiles(CLI::App& profile, Commands& commands) {
    auto* const command = profile.add_subcommand("list", "The profiles in force");
    const auto json = std::make_shared<bool>(false);
    add_json(*command, *json);
    choose_remote(*command, commands, [json, &commands] {
        return list_profiles(commands.place, *json, commands.console);
    });
}

void add_add(CLI::App& device, Commands& commands) {
    auto* const command = device.add_subcommand("add", "Store devices");
    const auto wanted = std::make_shared<PutRecords>();
    command->add_option("file", wanted->file, file_help)->required();
    command->add_flag("--replace", wanted->replace, "Also those that are there already");
    choose_remote(*command, commands, [wanted, &commands] {
        wanted->place = commands.place;
        return put_records(*wanted, commands.console);
    });
}

void add_list_of_devices(CLI::App& device, Commands& commands) {
    auto* const command = device.add_subcommand("list", "The devices, by their endpoint names");
    const auto wanted = std::make_shared<Devices>();
    command->add_option("--prefix", wanted->prefix, "Whose endpoint names begin so");
    command->add_option("--profile", wanted->profile, "That have this profile");
    add_limit(*command, wanted->limit);
    add_json(*command, wanted->json);
    choose_remote(*command, commands, [wanted, &commands] {
        wanted->place = commands.place;
        return list_devices(*wanted, commands.console);
    });
}

void add_import(CLI::App& device, Commands& commands) {
    auto* const command =
        device.add_subcommand("import", "Store many devices, new ones and others, line by line");
    const auto wanted = std::make_shared<DeviceImport>();
    command->add_option("file", wanted->file, "A device a line; \"-\": standard input")->required();
    command
        ->add_option("--format", wanted->format,
                     "Without it as the file's name ends: .csv, else JSON")
        ->check(CLI::IsMember({"ndjson", "csv"}));
    add_json(*command, wanted->json);
    choose_remote(*command, commands, [wanted, &commands] {
        wanted->place = commands.place;
        return import_devices(*wanted, commands.console);
    });
}

}  // namespace

void add_profile(CLI::App& app, Commands& commands) {
    auto* const profile = app.add_subcommand("profile", "What devices shall hold");
    profile->require_subcommand(1);
    add_profile_check(*profile, commands);
    add_plan(*profile, commands);
    add_put(*profile, commands);
    add_one(*profile, commands, "show", "A profile as JSON, without its secrets", "name",
            show_profile, false);
    add_list_of_profiles(*profile, commands);
    add_one(*profile, commands, "remove", "Remove a profile", "name", remove_profile, false);
}

void add_device(CLI::App& app, Commands& commands) {
    auto* const device = app.add_subcommand("device", "The devices that the daemon knows");
    device->require_subcommand(1);
    add_add(*device, commands);
    add_one(*device, commands, "show", "A device's record, without its secrets", "endpoint",
            show_device, true);
    add_list_of_devices(*device, commands);
    add_import(*device, commands);
    add_one(*device, commands, "remove", "Remove a device", "endpoint", remove_device, false);
}

}  // namespace cli
