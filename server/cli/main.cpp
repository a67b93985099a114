#include <csignal>
#include <exception>
#include <iostream>
#include <sys/resource.h>
#include <unistd.h>

#include "server/cli/command_line.h"

int main(int argc, char** argv) {
    // Profiles and devices hold keys: none of them may end in a core file.
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    std::signal(SIGPIPE, SIG_IGN);
    try {
        const bool is_watched = ::isatty(STDERR_FILENO) == 1;
        const bool is_shown = ::isatty(STDOUT_FILENO) == 1;
        return static_cast<int>(
            cli::run(argc, argv, {std::cin, std::cout, std::cerr, is_watched, is_shown}));
    } catch (const std::exception& error) {
        std::cerr << "lwm2m-bootstrapctl: " << error.what() << '\n';
        return static_cast<int>(cli::ExitCode::no);
    }
}
