#pragma once

#include <filesystem>
#include <istream>
#include <ostream>

#include "server/cli/exit_code.h"

namespace cli {

// `store`: what is done to the database's file itself, without the daemon's help.
struct StoreFiles {
    enum class Action { backup, dump, load, rewrap };
    Action action = Action::backup;
    std::filesystem::path config = "/etc/lwm2m-bootstrapd/lwm2m-bootstrapd.json";
    std::filesystem::path file;  // "-": standard input or output
};

// What was done goes to `err` where `out` has the dump.
ExitCode with_store(const StoreFiles&, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace cli
