#include "provisioning/folder.h"

#include <algorithm>

namespace provisioning {

std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder,
                                            std::string_view extension, std::string_view what,
                                            document::Problems& problems) {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    std::filesystem::directory_iterator entry(folder, error);
    for (const std::filesystem::directory_iterator end; !error && entry != end;
         entry.increment(error)) {
        const std::filesystem::path& path = entry->path();
        if (path.extension() == extension && !path.filename().string().starts_with('.'))
            files.push_back(path);
    }
    if (error)
        problems.push_back(
            {folder.string(), "",
             "the folder of the " + std::string(what) + " cannot be read: " + error.message(),
             "create it, let the daemon's user read it, or correct "
             "\"provisioning\" in the settings"});
    std::ranges::sort(files);
    return files;
}

}  // namespace provisioning
