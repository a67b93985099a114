#include <algorithm>

#include <nlohmann/json.hpp>

#include "provisioning/catalog.h"
#include "provisioning/ddf.h"
#include "provisioning/folder.h"
#include "provisioning/load.h"

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

struct Loaded {
    Declared declared;
    std::shared_ptr<const Catalog> catalog;  // null: there was a problem
};

Loaded load(const Folders& folders, Problems& problems) {
    const std::size_t before = problems.size();
    Loaded loaded;
    auto read_definitions = model::Definitions::built_in();
    if (!folders.objects.empty()) add_ddf_folder(folders.objects, read_definitions, problems);
    const auto definitions =
        std::make_shared<const model::Definitions>(std::move(read_definitions));
    loaded.declared.definitions = definitions;
    loaded.declared.profiles = read_folder<ProfileSet::Entry>(
        folders.profiles, "profiles",
        [&](const document::Node& node, std::string_view file) {
            std::optional<ProfileSet::Entry> entry;
            if (auto profile = parse_profile(node, file, *definitions, folders.now))
                entry = {std::make_shared<const Profile>(std::move(*profile)), node.json().dump(),
                         0};
            return entry;
        },
        problems);
    // A device's profile is only called unknown when every profile could be read.
    const bool profiles_are_whole = problems.size() == before;
    loaded.declared.devices =
        read_folder<Device>(folders.devices, "devices", parse_device, problems);
    std::vector<Profile> profiles;
    for (const ProfileSet::Entry& entry : loaded.declared.profiles)
        profiles.push_back(*entry.profile);
    Problems across;
    auto catalog = Catalog::from(std::move(profiles), loaded.declared.devices, across, definitions);
    std::ranges::copy_if(across, std::back_inserter(problems), [&](const auto& problem) {
        return profiles_are_whole || !problem.pointer.ends_with("/profile");
    });
    if (problems.size() == before) loaded.catalog = std::move(catalog);
    return loaded;
}

}  // namespace

std::optional<Declared> load_declared(const Folders& folders, document::Problems& problems) {
    Loaded loaded = load(folders, problems);
    if (!loaded.catalog) return std::nullopt;
    return std::move(loaded.declared);
}

std::shared_ptr<const Catalog> load_catalog(const Folders& folders, document::Problems& problems) {
    return load(folders, problems).catalog;
}

std::shared_ptr<const Catalog> load_catalog(const std::filesystem::path& profiles,
                                            const std::filesystem::path& devices,
                                            document::Problems& problems) {
    return load_catalog({profiles, devices, {}, {}}, problems);
}

}  // namespace provisioning
