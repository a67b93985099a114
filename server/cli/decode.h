#pragma once

#include <filesystem>
#include <optional>
#include <ostream>
#include <string>

#include "provisioning/model/content_format.h"
#include "provisioning/model/path.h"
#include "server/cli/exit_code.h"

namespace cli {

// `decode`: what a CoAP message, or a payload, says.
struct Decode {
    std::string hex;
    std::optional<model::ContentFormat> format;  // of a payload; absent: it is a message
    std::optional<model::Path> path;             // what the payload is about
    std::filesystem::path objects;               // the operator's Object definitions; empty: none
    bool json = false;
    bool show_secrets = false;
};

ExitCode decode(const Decode&, std::ostream& out, std::ostream& err);

}  // namespace cli
