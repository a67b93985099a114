#include <algorithm>
#include <map>

#include "provisioning/profile_checks.h"

namespace provisioning {
namespace {

using document::Node;

void check_instances(const Node& root, const Ground& ground, const std::vector<Draft>& drafts) {
    std::map<std::pair<model::ObjectId, model::InstanceId>, const Draft*> written;
    for (const Draft& draft : drafts) {
        const PlannedInstance& planned = draft.planned;
        if (planned.instance) {
            if (draft.by_operation) continue;
            const auto [twin, is_new] =
                written.emplace(std::pair(planned.object, *planned.instance), &draft);
            if (!is_new)
                root.problem_elsewhere(
                    draft.instance_place,
                    "is " + model::Path(planned.object, *planned.instance).to_string() +
                        ", which " + twin->second->planned.pointer + " is already",
                    "give every instance its own id");
        } else if (!draft.partial && !ground.is_discovered(planned.object) &&
                   (planned.object == model::object::security ||
                    !ground.is_cleared(planned.object))) {
            root.problem_elsewhere(draft.instance_place,
                                   "is missing: without Discover nobody knows which ids are free",
                                   ground.has_operations()
                                       ? "write the instance's id, or begin \"operations\" with "
                                         "{\"discover\": \"/\"}"
                                       : "write the instance's id, or \"discover\": true");
        }
    }
}

bool is_below(std::string_view pointer, std::string_view of) {
    return pointer.size() > of.size() && pointer.starts_with(of) && pointer[of.size()] == '/';
}

bool is_covered(const model::Path& by, const PlannedInstance& planned) {
    if (by.is_root()) return true;
    return by.object() == planned.object && (!by.instance() || by.instance() == planned.instance);
}

bool is_same_instance(const PlannedInstance& one, const PlannedInstance& other) {
    if (one.object != other.object) return false;
    return one.instance ? one.instance == other.instance : one.label == other.label;
}

}  // namespace

Ground::Ground(const Node& root, const Profile& profile)
    : profile_(profile), has_operations_(root.member("operations").has_value()) {
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

bool Ground::is_update(const Draft& draft, const std::vector<Draft>& drafts) const {
    const bool is_labelled = !draft.planned.instance;
    bool is_deleted = false;
    bool is_written = false;
    for (const PlannedOperation& operation : profile_.operations) {
        // An instance whose id is open is new until it was written.
        if (is_below(draft.planned.pointer, operation.pointer))
            return is_labelled ? is_written : !is_deleted;
        if (operation.kind == OperationKind::delete_ && is_covered(operation.path, draft.planned)) {
            is_deleted = true;
            is_written = false;
        }
        if (operation.kind != OperationKind::write) continue;
        const bool writes_it = std::ranges::any_of(drafts, [&](const Draft& other) {
            return is_same_instance(other.planned, draft.planned) &&
                   (other.by_operation ? is_below(other.planned.pointer, operation.pointer)
                                       : operation.everything);
        });
        if (!writes_it) continue;
        is_deleted = false;
        is_written = true;
    }
    return !is_labelled || is_written;
}

void check_profile(const Node& root, const Profile& profile, std::vector<Draft>& drafts) {
    const Ground ground(root, profile);
    for (Draft& draft : drafts)
        if (draft.by_operation && !draft.partial) draft.partial = ground.is_update(draft, drafts);
    for (Draft& draft : drafts) check_instance(root, profile.enabler, draft);
    check_accounts(root, ground, drafts);
    check_instances(root, ground, drafts);
    check_access_control(root, ground, drafts);
    check_links(root, ground, drafts);
    if (!ground.has_operations() && !profile.discover && !profile.delete_all)
        root.problem_at("/deleteAll",
                        "is false, and so is \"discover\": the first operation would carry keys to "
                        "whoever asked",
                        "write true for one of them");
}

}  // namespace provisioning
