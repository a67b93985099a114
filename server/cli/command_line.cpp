#include "server/cli/command_line.h"

#include <iterator>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "server/cli/decode.h"
#include "server/cli/hex.h"
#include "server/cli/profile_check.h"
#include "server/cli/profile_plan.h"
#include "server/cli/store_files.h"
#include "server/cli/token.h"
#include "server/explain/names.h"

namespace cli {
namespace {

// What an option's text stands for; CLI11 tells its user with the option's name.
template <class T, class Parse>
CLI::Option* add_parsed(CLI::App& app, const std::string& name, std::optional<T>& into,
                        const std::string& description, Parse parse, const std::string& wanted) {
    return app.add_option_function<std::string>(
        name,
        [&into, parse, wanted, name](const std::string& text) {
            into = parse(text);
            if (!into) throw CLI::ValidationError(name, "is " + wanted);
        },
        description);
}

void add_check(CLI::App& profile, ProfileCheck& check) {
    auto* const command = profile.add_subcommand(
        "check", "Tell everything that is wrong with profiles, before a device sees them");
    command->add_option("path", check.paths, "Files, or folders of *.json")->required();
    command->add_option("--objects", check.objects, "A folder of Object definitions, *.xml");
    command->add_flag("--json", check.json, "Say it as JSON");
}

void add_plan(CLI::App& profile, ProfilePlan& plan) {
    auto* const command = profile.add_subcommand(
        "plan", "Show every operation that would be sent to a device, without sending it");
    command->add_option("name", plan.question.profile, "The profile's name")->required();
    command->add_option("-e,--endpoint", plan.question.endpoint, "The device's endpoint name")
        ->required();
    add_parsed(
        *command, "--account", plan.question.assumed.account,
        "Where the device's Bootstrap-Server account is, /0/0 without it",
        [](const std::string& text) { return explain::account_from(text); },
        "the path of a Security instance (\"/0/1\"), others after a comma (\"/0/1,/21/0\")");
    add_parsed(
        *command, "--content-format", plan.question.assumed.content_format,
        "What the device asks for in pct: " + explain::session_format_names(),
        [](const std::string& text) { return explain::session_format_from(text); },
        "one of " + explain::session_format_names());
    command->add_option("-c,--config", plan.config, "Read this settings file and ask no daemon");
    command->add_option("--socket", plan.socket, "The daemon's socket")
        ->envname("LWM2M_BOOTSTRAPD_SOCKET")
        ->capture_default_str();
    command->add_flag("--json", plan.json, "Say it as JSON");
}

void add_decode(CLI::App& app, Decode& decode, std::vector<std::string>& words) {
    auto* const command = app.add_subcommand(
        "decode", "Explain a CoAP message, or with --format a payload, given in hexadecimal");
    command->add_option("hex", words,
                        "The octets; \"-\" or nothing: from standard input, where no other user "
                        "sees them");
    add_parsed(
        *command, "--format", decode.format, "It is a payload: " + explain::format_names(),
        [](const std::string& text) { return explain::format_called(text); },
        "one of " + explain::format_names());
    add_parsed(
        *command, "--path", decode.path, "What the payload is about, /0/1",
        [](const std::string& text) { return model::Path::from(text); },
        "\"/\", \"/0\", \"/0/1\" or \"/0/1/5\"");
    command->add_option("--objects", decode.objects, "A folder of Object definitions, *.xml");
    command->add_flag("--json", decode.json, "Say it as JSON");
    command->add_flag("--show-secrets", decode.show_secrets, "Mask nothing");
}

void add_store(CLI::App& app, StoreFiles& files) {
    auto* const store = app.add_subcommand("store", "The database of devices, profiles, sessions");
    store->require_subcommand(1);
    const auto add = [&](const std::string& name, const std::string& description,
                         StoreFiles::Action action, const std::string& file) {
        auto* const command = store->add_subcommand(name, description);
        command->add_option("-c,--config", files.config, "The daemon's settings file")
            ->capture_default_str();
        if (!file.empty()) command->add_option("file", files.file, file)->required();
        command->callback([&files, action] { files.action = action; });
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

void add_token(CLI::App& app, NewToken& token) {
    auto* const command =
        app.add_subcommand("token", "Make a bearer token, and its entry for the settings");
    command->add_option("name", token.name, "Whose it is, for the audit log")->required();
    command->add_option("-r,--role", token.roles, "attach, read, provision or admin; several")
        ->required()
        ->check(CLI::IsMember({"attach", "read", "provision", "admin"}));
}

ExitCode run_decode(Decode& decode, const std::vector<std::string>& words, std::istream& in,
                    std::ostream& out, std::ostream& err) {
    if (words.empty() || (words.size() == 1 && words[0] == "-")) {
        // Two digits an octet, and what stands between them.
        constexpr std::size_t most = 8 * max_hex_octets;
        for (std::istreambuf_iterator<char> at(in), end; at != end && decode.hex.size() <= most;
             ++at)
            decode.hex += *at;
    } else {
        for (const std::string& word : words) decode.hex += word + " ";
    }
    return cli::decode(decode, out, err);
}

}  // namespace

ExitCode run(int argc, const char* const* argv, std::istream& in, std::ostream& out,
             std::ostream& err) {
    ProfileCheck check;
    ProfilePlan plan;
    plan.socket = "/run/lwm2m-bootstrapd/control.sock";
    Decode decode_request;
    std::vector<std::string> words;

    CLI::App app("Speaks to lwm2m-bootstrapd and explains what it sends", "lwm2m-bootstrapctl");
    app.set_version_flag("--version", "lwm2m-bootstrapctl " BOOTSTRAPD_VERSION);
    app.require_subcommand(1);
    auto* const profile = app.add_subcommand("profile", "What devices shall hold");
    profile->require_subcommand(1);
    add_check(*profile, check);
    add_plan(*profile, plan);
    add_decode(app, decode_request, words);
    StoreFiles files;
    add_store(app, files);
    NewToken token;
    add_token(app, token);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error, out, err) == 0 ? ExitCode::well : ExitCode::usage;
    }
    if (app.got_subcommand("store")) return with_store(files, in, out, err);
    if (app.got_subcommand("token")) return make_token(token, out);
    if (profile->got_subcommand("check")) return check_profiles(check, out, err);
    if (profile->got_subcommand("plan")) return show_plan(plan, out, err);
    return run_decode(decode_request, words, in, out, err);
}

}  // namespace cli
