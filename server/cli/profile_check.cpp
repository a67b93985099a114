#include "server/cli/profile_check.h"

#include <algorithm>
#include <chrono>
#include <system_error>

#include <nlohmann/json.hpp>

#include "config/document/document.h"
#include "provisioning/catalog.h"
#include "provisioning/ddf.h"
#include "provisioning/folder.h"
#include "provisioning/profile.h"
#include "server/explain/plan.h"
#include "server/explain/text_table.h"

namespace cli {
namespace {

using Json = nlohmann::ordered_json;
using document::Problems;
using std::filesystem::path;

std::vector<path> files_of(const std::vector<path>& paths, Problems& problems) {
    std::vector<path> files;
    for (const path& each : paths) {
        std::error_code ignored;
        if (!std::filesystem::is_directory(each, ignored)) {
            files.push_back(each);
            continue;
        }
        const auto before = problems.size();
        const auto found = provisioning::files_of(each, ".json", "profiles", problems);
        if (found.empty() && problems.size() == before)
            problems.push_back({each.string(), "", "the folder holds no profiles",
                                "name a folder with *.json files in it"});
        files.insert(files.end(), found.begin(), found.end());
    }
    // Named twice, also by way of its folder, it is still one.
    std::vector<path> once;
    for (const path& file : files) {
        const auto same = [&](const path& other) {
            std::error_code missing;
            return file == other || (std::filesystem::equivalent(file, other, missing) && !missing);
        };
        if (std::ranges::none_of(once, same)) once.push_back(file);
    }
    return once;
}

std::vector<provisioning::Profile> read_profiles(const std::vector<path>& files,
                                                 const model::Definitions& definitions,
                                                 Problems& problems) {
    std::vector<provisioning::Profile> profiles;
    for (const path& file : files) {
        const auto json = document::read_file(file, problems);
        if (!json) continue;
        const std::string name = file.string();
        const document::Node root(*json, name, "", problems);
        const std::size_t count = root.is_array() ? root.size() : 1;
        for (std::size_t i = 0; i < count; ++i) {
            const auto before = problems.size();
            auto profile = provisioning::parse_profile(
                root.is_array() ? root.element(i) : root, name, definitions,
                std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
            if (profile && problems.size() == before) profiles.push_back(std::move(*profile));
        }
    }
    return profiles;
}

void tell_json(const Json& well, const Problems& problems, std::ostream& out) {
    Json body;
    body["profiles"] = well;
    body["problems"] = Json::array();
    for (const document::Problem& problem : problems) {
        Json row;
        row["file"] = problem.file;
        row["pointer"] = problem.pointer;
        row["message"] = problem.message;
        row["remedy"] = problem.remedy;
        body["problems"].push_back(std::move(row));
    }
    out << body.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

void tell_text(const Json& well, std::ostream& out) {
    explain::TextTable table("");
    for (const Json& each : well)
        table.row({explain::printable(explain::text_at(each, "file")) + ":",
                   "profile " + explain::printable(explain::text_at(each, "name")),
                   "enabler " + explain::text_at(each, "enabler"),
                   each["operations"].dump() + " operations",
                   "Writes in " + explain::text_at(each, "contentFormatName")});
    out << table.text();
}

}  // namespace

ExitCode check_profiles(const ProfileCheck& check, std::ostream& out, std::ostream& err) {
    Problems problems;
    auto definitions = model::Definitions::built_in();
    if (!check.objects.empty()) provisioning::add_ddf_folder(check.objects, definitions, problems);
    auto profiles = read_profiles(files_of(check.paths, problems), definitions, problems);

    Json well = Json::array();
    Problems warnings;
    for (const auto& profile : profiles) {
        well.push_back(explain::summary_of(profile));
        warnings.insert(warnings.end(), profile.warnings.begin(), profile.warnings.end());
    }
    // What only shows across profiles: a name that occurs twice.
    (void)provisioning::Catalog::from(std::move(profiles), {}, problems);
    if (check.json) {
        tell_json(well, problems, out);
    } else {
        tell_text(well, out);
        for (const document::Problem& warning : warnings)
            err << "warning: " << document::to_string(warning) << '\n';
        for (const document::Problem& problem : problems)
            err << document::to_string(problem) << '\n';
    }
    return problems.empty() ? ExitCode::well : ExitCode::no;
}

}  // namespace cli
