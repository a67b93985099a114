#include "server/daemon_profiles.h"

#include <cstdint>
#include <optional>

#include <nlohmann/json.hpp>

#include "server/daemon_profile_fit.h"

namespace bootstrapd {
namespace {

using provisioning::ProfileSet;

// One that the API makes, by the definitions in force.
std::optional<ProfileSet::Entry> parse(const std::string& name, const std::string& text,
                                       std::uint64_t revision,
                                       const model::Definitions& definitions,
                                       document::Problems& problems) {
    const std::size_t before = problems.size();
    const auto json = document::parse(text, "", problems);
    if (!json) return std::nullopt;
    const document::Node node(*json, "", "", problems);
    auto profile = provisioning::parse_profile(
        node, "", definitions,
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
    if (profile && profile->name != name)
        node.problem_at("/name", "is another name than \"" + name + "\" in the path",
                        "write the same name in both");
    if (!profile || problems.size() != before) return std::nullopt;
    return ProfileSet::Entry{std::make_shared<const provisioning::Profile>(std::move(*profile)),
                             text, revision};
}

}  // namespace

Profiles::Pointer Profiles::join(const config::Settings& settings,
                                 const provisioning::Declared& declared,
                                 const std::vector<store::ProfileRecord>& made,
                                 document::Problems& problems) {
    const std::size_t before = problems.size();
    auto set = std::make_shared<ProfileSet>(declared.definitions);
    for (const store::ProfileRecord& record : made) {
        document::Problems wrong;
        auto entry = parse(record.name, record.text, static_cast<std::uint64_t>(record.revision),
                           *declared.definitions, wrong);
        if (entry) entry->profile = fitted(settings, *entry->profile, wrong);
        for (document::Problem& problem : wrong) {
            problem.file = "the profile \"" + record.name + "\" of the API";
            problems.push_back(std::move(problem));
        }
        if (entry) set->add(std::move(*entry), problems);
    }
    for (const ProfileSet::Entry& entry : declared.profiles) set->add(entry, problems);
    return problems.size() == before ? set : nullptr;
}

void Profiles::put(std::string name, std::string text, const config::Settings& settings,
                   store::Precondition precondition, store::AuditEntry audit,
                   std::function<void(PutResult)> then) {
    const Pointer now = get();
    if (const auto* there = now->find(name); there != nullptr && !there->profile->file.empty()) {
        then(store::PutResult(store::OwnedByFile{there->profile->file}));
        return;
    }
    document::Problems problems;
    auto entry = parse(name, text, 0, *now->definitions(), problems);
    if (entry) entry->profile = fitted(settings, *entry->profile, problems);
    if (!problems.empty()) {
        then(std::move(problems));
        return;
    }
    store_.put_profile(name, std::move(text), std::move(precondition), std::move(audit),
                       [this, entry = std::move(*entry),
                        then = std::move(then)](store::Result<store::PutResult> result) mutable {
                           // Moved on, so that `then` ends on the control thread.
                           post_([this, entry = std::move(entry), then = std::move(then),
                                  result = std::move(result)]() mutable {
                               if (!result) {
                                   then(result.error());
                                   return;
                               }
                               if (const auto* stored = std::get_if<store::Stored>(&*result)) {
                                   entry.revision = static_cast<std::uint64_t>(stored->revision);
                                   set(get()->with(std::move(entry)));
                               }
                               then(std::move(*result));
                           });
                       });
}

void Profiles::remove(std::string name, store::Precondition precondition, store::AuditEntry audit,
                      std::function<void(RemoveResult)> then) {
    if (const auto* there = get()->find(name); there != nullptr && !there->profile->file.empty()) {
        then(store::RemoveResult(store::OwnedByFile{there->profile->file}));
        return;
    }
    store_.remove_profile(
        name, std::move(precondition), std::move(audit),
        [this, name, then = std::move(then)](store::Result<store::RemoveResult> result) mutable {
            post_([this, name, then = std::move(then), result = std::move(result)]() mutable {
                if (!result) {
                    then(result.error());
                    return;
                }
                if (std::holds_alternative<store::Removed>(*result)) set(get()->without(name));
                then(std::move(*result));
            });
        });
}

}  // namespace bootstrapd
