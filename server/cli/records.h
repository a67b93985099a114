#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "server/cli/api.h"
#include "server/cli/console.h"
#include "server/cli/exit_code.h"

// What the store has of devices and profiles: `device add|show|list|remove` and
// `profile put|show|list|remove`.
namespace cli {

struct PutRecords {
    enum class Kind { device, profile };
    Place place;
    Kind kind = Kind::device;
    std::filesystem::path file;  // one object or an array of them; "-": standard input
    bool replace = false;        // one that is there already
};
// A line for each; goes on behind one that is refused, and is not well then. `usage` where the file
// makes no sense.
ExitCode put_records(const PutRecords&, Console&);

struct OneRecord {
    Place place;
    std::string name;  // a device's endpoint, a profile's name
    bool json = false;
};
ExitCode show_device(const OneRecord&, Console&);
ExitCode remove_device(const OneRecord&, Console&);
ExitCode show_profile(const OneRecord&, Console&);
ExitCode remove_profile(const OneRecord&, Console&);

struct Devices {
    Place place;
    std::string prefix;   // of the endpoint; empty: any
    std::string profile;  // empty: any
    std::size_t limit = 100;
    bool json = false;
};
ExitCode list_devices(const Devices&, Console&);
ExitCode list_profiles(const Place&, bool json, Console&);

}  // namespace cli
