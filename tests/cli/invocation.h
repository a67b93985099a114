#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "server/cli/command_line.h"

namespace cli::testing {

// lwm2m-bootstrapctl in this process.
struct Invocation {
    explicit Invocation(std::vector<std::string> arguments, const std::string& in = "",
                        bool watched = false, bool shown = false) {
        std::vector<const char*> argv{"lwm2m-bootstrapctl"};
        for (const std::string& argument : arguments) argv.push_back(argument.c_str());
        std::istringstream input(in);
        std::ostringstream output;
        std::ostringstream errors;
        code = run(static_cast<int>(argv.size()), argv.data(),
                   {input, output, errors, watched, shown});
        out = output.str();
        err = errors.str();
    }

    ExitCode code;
    std::string out;
    std::string err;
};

}  // namespace cli::testing
