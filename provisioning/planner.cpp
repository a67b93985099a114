#include "provisioning/planner.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "provisioning/plan_checks.h"
#include "provisioning/plan_values.h"

namespace provisioning {
namespace {

// Security before Server before Access Control before the rest.
int writing_rank(const PlannedInstance* planned) {
    return std::min<int>(planned->object, model::object::access_control + 1);
}

}  // namespace

Planner::Planner(const Profile& profile, const Device& device, const Told& told,
                 wire::Random& random)
    : device_(device),
      random_(random),
      discovered_(told.discovered),
      issued_(told.issued),
      holdings_(told.discovered, told.account) {
    for (const PlannedInstance& planned : profile.instances) everything_.push_back(&planned);
    std::ranges::stable_sort(everything_, {}, writing_rank);
    for (const PlannedInstance* planned : everything_) ids_.reserve(*planned);
}

model::InstanceId Planner::id_of(const PlannedInstance& planned) const {
    return ids_.find(planned).value_or(0);
}

// ---- first round ----

void Planner::announce(const std::vector<PlannedOperation>& operations) {
    for (const PlannedOperation& operation : operations)
        // Who writes a single Resource may well mean an instance whose id is chosen.
        if (!operation.path.resource())
            for (const PlannedInstance& planned : operation.instances) ids_.reserve(planned);
}

Planner::Impossible Planner::lay_out(const PlannedOperation& operation,
                                     std::vector<PlanStep>& into) {
    switch (operation.kind) {
        case OperationKind::delete_:
            if (auto reason = check_delete(operation.path, operation.pointer, holdings_))
                return reason;
            holdings_.remove(operation.path);
            break;
        case OperationKind::write:
            return lay_out_write(operation, into);
        case OperationKind::discover:
        case OperationKind::read:
            break;
        case OperationKind::finish:
            return std::nullopt;  // there is one, and it is the last
    }
    into.push_back({&operation, operation.path, {}});
    return std::nullopt;
}

Planner::Impossible Planner::lay_out_write(const PlannedOperation& operation,
                                           std::vector<PlanStep>& into) {
    if (operation.everything) {
        for (const PlannedInstance* planned : everything_) {
            if (auto reason = lay_out_instance(*planned)) return reason;
            into.push_back({&operation, {planned->object, id_of(*planned)}, {planned}});
        }
        return std::nullopt;
    }
    PlanStep step{&operation, operation.path, {}};
    for (const PlannedInstance& planned : operation.instances) step.instances.push_back(&planned);
    if (operation.path.resource()) {
        if (auto reason = lay_out_resource(operation, step)) return reason;
    } else {
        for (const PlannedInstance& planned : operation.instances)
            if (auto reason = lay_out_instance(planned)) return reason;
        if (operation.path.instance())
            step.path = {*operation.path.object(), id_of(operation.instances.front())};
    }
    into.push_back(std::move(step));
    return std::nullopt;
}

Planner::Impossible Planner::lay_out_instance(const PlannedInstance& planned) {
    if (discovered_ != nullptr)
        if (auto reason = check_version(planned, *discovered_)) return reason;
    if (auto reason = ids_.choose(planned, holdings_)) return reason;
    holdings_.put(planned.object, id_of(planned), short_server_id_of(planned));
    return std::nullopt;
}

// The instance is there already, or begins to be with this Resource.
Planner::Impossible Planner::lay_out_resource(const PlannedOperation& operation, PlanStep& step) {
    const PlannedInstance& part = operation.instances.front();
    const auto id = part.instance ? part.instance : ids_.find(part);
    if (!id)
        return operation.pointer + " writes to {" + part.label +
               "}, an instance that no operation before it writes";
    step.path = model::Path(part.object, *id, *operation.path.resource());
    if (auto reason = check_partial_write(step.path, operation.pointer, holdings_)) return reason;
    holdings_.put(part.object, *id, short_server_id_of(part));
    return std::nullopt;
}

Planner::Impossible Planner::lay_out_pack() {
    for (const PlannedInstance* planned : everything_)
        holdings_.remove(model::Path(planned->object));
    for (const PlannedInstance* planned : everything_)
        if (auto reason = lay_out_instance(*planned)) return reason;
    return std::nullopt;
}

// ---- second round ----

Planner::Impossible Planner::resolve(const PlannedInstance& planned,
                                     const model::Resources*& resources) {
    auto found = resolved_.find(&planned);
    if (found == resolved_.end()) {
        auto values = resolve_values(planned, device_, ids_, random_, issued_);
        if (auto* reason = std::get_if<std::string>(&values)) return std::move(*reason);
        found = resolved_.emplace(&planned, std::get<model::Resources>(std::move(values))).first;
    }
    resources = &found->second;
    return std::nullopt;
}

Planner::Impossible Planner::resolve_whole(const PlannedInstance& planned,
                                           const model::Resources*& resources) {
    if (auto reason = resolve(planned, resources)) return reason;
    if (planned.object != model::object::security) return std::nullopt;
    return check_security_values(planned, *resources);
}

Planner::Impossible Planner::fill_in(const PlanStep& step, std::vector<Operation>& into) {
    Operation operation;
    operation.kind = step.operation->kind;
    operation.path = step.path;
    operation.content_format = step.operation->content_format;
    const auto& resource = step.path.resource();
    if (!step.path.instance() && operation.kind == OperationKind::write)
        operation.content.emplace<model::Instances>();
    for (const PlannedInstance* planned : step.instances) {
        const model::Resources* resources = nullptr;
        auto reason = resource ? resolve(*planned, resources) : resolve_whole(*planned, resources);
        if (reason) return reason;
        if (resource)
            operation.content = resources->at(*resource);
        else if (step.path.instance())
            operation.content = *resources;
        else
            std::get<model::Instances>(operation.content)[id_of(*planned)] = *resources;
        if (operation.queries.empty() && planned->version_in_query && planned->object_version)
            operation.queries.push_back("ver=" + *planned->object_version);
    }
    into.push_back(std::move(operation));
    return std::nullopt;
}

Planner::Impossible Planner::fill_in_pack(model::Objects& into) {
    for (const PlannedInstance* planned : everything_) {
        const model::Resources* resources = nullptr;
        if (auto reason = resolve_whole(*planned, resources)) return reason;
        into[planned->object][id_of(*planned)] = *resources;
    }
    return std::nullopt;
}

}  // namespace provisioning
