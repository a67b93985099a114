#pragma once

namespace cli {

// What scripts may trust.
enum class ExitCode : int {
    well = 0,
    no = 1,           // problems found, not found, refused
    usage = 2,        // the command line, or a file that it names, makes no sense
    unreachable = 3,  // no daemon answers
};

}  // namespace cli
