#include <algorithm>
#include <map>

#include "provisioning/profile_checks.h"

namespace provisioning {
namespace {

using document::Node;

// Ids that are open are chosen free of the Bootstrap-Server's account and of what is not deleted.
// Of the account a device of 1.2 may tell by itself, in its request.
void check_open_id(const Node& root, EnablerVersion enabler, const Ground& ground,
                   const Draft& draft) {
    const model::ObjectId object = draft.planned.object;
    if (draft.partial || ground.is_discovered(object)) return;
    const bool is_account_known = object != model::object::security ||
                                  (ground.has_operations() && enabler == EnablerVersion::v1_2);
    if (is_account_known && ground.is_cleared(object)) return;
    root.problem_elsewhere(
        draft.instance_place, "is missing: without Discover nobody knows which ids are free",
        ground.has_operations() ? "write the instance's id, or begin \"operations\" with "
                                  "{\"discover\": \"/\"}"
                                : "write the instance's id, or \"discover\": true");
}

void check_ids(const Node& root, EnablerVersion enabler, const Ground& ground,
               const std::vector<Draft>& drafts) {
    std::map<std::pair<model::ObjectId, model::InstanceId>, const Draft*> written;
    for (const Draft& draft : drafts) {
        const PlannedInstance& planned = draft.planned;
        if (!planned.instance) {
            check_open_id(root, enabler, ground, draft);
            continue;
        }
        if (draft.by_operation) continue;
        const auto [twin, is_new] =
            written.emplace(std::pair(planned.object, *planned.instance), &draft);
        if (!is_new)
            root.problem_elsewhere(draft.instance_place,
                                   "is " +
                                       model::Path(planned.object, *planned.instance).to_string() +
                                       ", which " + twin->second->planned.pointer + " is already",
                                   "give every instance its own id");
    }
}

}  // namespace

Ground::Ground(const Node& root, const Profile& profile)
    : has_operations_(root.member("operations").has_value()) {
    if (!has_operations_) {
        if (profile.discover) discovered_.emplace_back();
        if (profile.delete_all) deleted_.emplace_back();
        return;
    }
    // Where an entry could not be read there is no telling what it was: the rest is not blamed.
    const auto list = root.member("operations");
    if (profile.operations.empty() || list->size() != profile.operations.size())
        discovered_.emplace_back();
    bool is_beginning = true;
    for (const PlannedOperation& operation : profile.operations) {
        if (operation.kind == OperationKind::write) break;
        if (operation.kind == OperationKind::delete_) deleted_.push_back(operation.path);
        if (operation.kind != OperationKind::discover)
            is_beginning = false;
        else if (is_beginning)
            discovered_.push_back(operation.path);
    }
}

bool Ground::is_cleared(model::ObjectId object) const {
    return std::ranges::any_of(deleted_, [&](const model::Path& path) {
        return path.is_root() || (path.object() == object && !path.instance());
    });
}

bool Ground::is_discovered(model::ObjectId object) const {
    return std::ranges::any_of(discovered_, [&](const model::Path& path) {
        return path.is_root() || path.object() == object;
    });
}

void check_profile(const Node& root, const Profile& profile, const Basis& basis,
                   std::vector<Draft>& drafts) {
    const Ground ground(root, profile);
    for (Draft& draft : drafts) check_instance(root, basis, draft);
    check_accounts(root, ground, drafts);
    check_ids(root, profile.enabler, ground, drafts);
    check_access_control(root, ground, drafts);
    check_links(root, ground, drafts);
    check_bootstrap_account(root, profile, ground);
    if (!ground.has_operations() && !profile.discover && !profile.delete_all)
        root.problem_at("/deleteAll",
                        "is false, and so is \"discover\": the first operation would carry keys to "
                        "whoever asked",
                        "write true for one of them");
}

}  // namespace provisioning
