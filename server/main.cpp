#include <csignal>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "config/settings.h"
#include "server/daemon.h"
#include "server/daemon_version.h"
#include "server/journal/catalogue.h"
#include "server/journal/journal.h"

namespace {

// Exit codes that scripts and the service manager may trust.
constexpr int fine = 0;
constexpr int runtime_failure = 1;        // a taken port, a failed shard
constexpr int configuration_failure = 2;  // settings, profiles, devices, usage

int tell(const document::Problems& problems) {
    for (const document::Problem& problem : problems)
        std::cerr << document::to_string(problem) << '\n';
    return configuration_failure;
}

int print_config(const std::filesystem::path& file) {
    document::Problems problems;
    const auto settings = config::load_settings(file, problems);
    if (!settings) return tell(problems);
    std::cout << config::print_settings(*settings);
    return fine;
}

int serve(const std::filesystem::path& file, bool only_check) {
    document::Problems problems;
    auto configuration = bootstrapd::load_configuration(file, problems);
    if (!configuration) return tell(problems);
    if (only_check) {
        std::cout << file.string() << ": fine, with " << configuration->declared.profiles.size()
                  << " profiles and " << configuration->declared.devices.size() << " devices\n";
        return fine;
    }
    journal::Journal journal(bootstrapd::log_level(configuration->settings),
                             bootstrapd::log_format(configuration->settings));
    auto daemon = bootstrapd::Daemon::open(file, std::move(*configuration), journal);
    if (daemon.has_error()) {
        std::cerr << daemon.error() << '\n';
        return runtime_failure;
    }
    return (*daemon)->run();
}

// Keys are in memory: none of it may end in a core file, nor be read by a debugger of the same
// user. The limit alone does not stop a core pattern that is a pipe. Under a sanitizer the process
// stays readable: the leak check attaches to it.
void keep_memory_private() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    ::prctl(PR_SET_DUMPABLE, 0);
#endif
}

}  // namespace

int main(int argc, char** argv) {
    keep_memory_private();
    std::signal(SIGPIPE, SIG_IGN);

    CLI::App app("LwM2M Bootstrap-Server", "lwm2m-bootstrapd");
    std::string config = "/etc/lwm2m-bootstrapd/lwm2m-bootstrapd.json";
    bool check = false;
    bool print = false;
    app.add_option("-c,--config", config, "The settings file")
        ->envname("LWM2M_BOOTSTRAPD_CONFIG")
        ->capture_default_str();
    auto* const check_flag =
        app.add_flag("--check", check, "Check settings, profiles and devices, then exit");
    app.add_flag("--print-config", print, "Print the settings in force, defaults included")
        ->excludes(check_flag);
    bool messages = false;
    app.add_flag("--messages", messages, "Print every message that the log can have: what to do")
        ->excludes(check_flag);
    app.set_version_flag("--version", "lwm2m-bootstrapd " + std::string(bootstrapd::version));
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? fine : configuration_failure;
    }
    if (messages) {
        std::cout << journal::message_list();
        return fine;
    }
    try {
        return print ? print_config(config) : serve(config, check);
    } catch (const std::exception& error) {
        std::cerr << "lwm2m-bootstrapd: " << error.what() << '\n';
        return runtime_failure;
    }
}
