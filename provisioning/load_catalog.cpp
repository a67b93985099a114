#include <algorithm>

#include <nlohmann/json.hpp>

#include "provisioning/catalog.h"
#include "provisioning/ddf.h"
#include "provisioning/folder.h"

namespace provisioning {
namespace {

using document::Problems;

template <class T, class Parse>
std::vector<T> read_folder(const std::filesystem::path& folder, std::string_view what, Parse parse,
                           Problems& problems) {
    std::vector<T> result;
    for (const std::filesystem::path& file : files_of(folder, ".json", what, problems)) {
        const auto json = document::read_file(file, problems);
        if (!json) continue;
        const std::string name = file.string();
        const document::Node root(*json, name, "", problems);
        const std::size_t count = root.is_array() ? root.size() : 1;
        for (std::size_t i = 0; i < count; ++i)
            if (auto read = parse(root.is_array() ? root.element(i) : root, name))
                result.push_back(std::move(*read));
    }
    return result;
}

}  // namespace

std::shared_ptr<const Catalog> load_catalog(const Folders& folders, document::Problems& problems) {
    const std::size_t before = problems.size();
    auto read_definitions = model::Definitions::built_in();
    if (!folders.objects.empty()) add_ddf_folder(folders.objects, read_definitions, problems);
    const auto definitions =
        std::make_shared<const model::Definitions>(std::move(read_definitions));
    auto read_profiles = read_folder<Profile>(
        folders.profiles, "profiles",
        [&](const document::Node& node, std::string_view file) {
            return parse_profile(node, file, *definitions);
        },
        problems);
    // A device's profile is only called unknown when every profile could be read.
    const bool profiles_are_whole = problems.size() == before;
    auto read_devices = read_folder<Device>(folders.devices, "devices", parse_device, problems);
    if (!profiles_are_whole) {
        Problems across;
        (void)Catalog::from(std::move(read_profiles), std::move(read_devices), across);
        std::ranges::copy_if(across, std::back_inserter(problems), [](const auto& problem) {
            return !problem.pointer.ends_with("/profile");
        });
        return nullptr;
    }
    auto catalog =
        Catalog::from(std::move(read_profiles), std::move(read_devices), problems, definitions);
    return problems.size() == before ? catalog : nullptr;
}

std::shared_ptr<const Catalog> load_catalog(const std::filesystem::path& profiles,
                                            const std::filesystem::path& devices,
                                            document::Problems& problems) {
    return load_catalog({profiles, devices, {}}, problems);
}

}  // namespace provisioning
