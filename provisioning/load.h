#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "config/document/document.h"
#include "provisioning/catalog.h"
#include "provisioning/profile_set.h"

namespace provisioning {

// What the files of the folders declare.
struct Declared {
    std::shared_ptr<const model::Definitions> definitions;
    std::vector<ProfileSet::Entry> profiles;
    std::vector<Device> devices;
};

// Reads every file of the folders. Nothing when there is a problem; all problems of all files are
// told, also what only shows across files, as Catalog::from() does.
std::optional<Declared> load_declared(const Folders& folders, document::Problems& problems);

}  // namespace provisioning
