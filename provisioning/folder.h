#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "config/document/document.h"

namespace provisioning {

// The files of a folder with an extension (".json"), in the order of their names; those that begin
// with a dot are editors'. A folder that cannot be read is a problem; `what` it is for is told.
std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder,
                                            std::string_view extension, std::string_view what,
                                            document::Problems& problems);

}  // namespace provisioning
