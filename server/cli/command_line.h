#pragma once

#include <istream>
#include <ostream>

#include "server/cli/console.h"
#include "server/cli/exit_code.h"

namespace cli {

// lwm2m-bootstrapctl: its arguments, as main() has them, to what it says and how it ends. `in` is
// read only where a command says so with "-".
ExitCode run(int argc, const char* const* argv, Console);

}  // namespace cli
