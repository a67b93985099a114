#pragma once

#include <filesystem>
#include <optional>

#include <nlohmann/json.hpp>

#include "server/cli/console.h"

namespace cli {

// The JSON of a file, or of standard input for "-": one object or an array of them. Nothing: it is
// told what is wrong.
std::optional<nlohmann::json> read_objects(const std::filesystem::path& file, Console&);

}  // namespace cli
