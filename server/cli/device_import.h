#pragma once

#include <filesystem>
#include <string>

#include "server/cli/api.h"
#include "server/cli/console.h"
#include "server/cli/exit_code.h"

namespace cli {

// `device import`: as many devices as there are lines, without having them in memory.
struct DeviceImport {
    Place place;
    std::filesystem::path file;  // "-": standard input
    std::string format;          // "ndjson", "csv"; empty: as the file's name ends, else ndjson
    bool json = false;           // the API's lines as they are
};

// A line for each device that was refused goes to `err`, a summary to `out`; well when none was.
ExitCode import_devices(const DeviceImport&, Console&);

}  // namespace cli
