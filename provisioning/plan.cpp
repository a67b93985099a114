#include "provisioning/plan.h"

#include <algorithm>
#include <map>
#include <utility>

#include "provisioning/holdings.h"
#include "provisioning/instance_ids.h"
#include "provisioning/plan_checks.h"
#include "provisioning/plan_values.h"

namespace provisioning {
namespace {

int writing_rank(const PlannedInstance* planned) {
    return std::min<int>(planned->object, model::object::access_control + 1);
}

// What the plan is made of: Delete "/", where it is wanted, and everything.
std::vector<PlannedOperation> usual_operations(const Profile& profile) {
    std::vector<PlannedOperation> list;
    if (profile.delete_all) list.emplace_back().kind = OperationKind::delete_;
    PlannedOperation& write = list.emplace_back();
    write.kind = OperationKind::write;
    write.everything = true;
    return list;
}

bool is_leading_discover(const PlannedOperation& operation) {
    return operation.kind == OperationKind::discover;
}

// An operation whose instances have their ids, before its values are filled in.
struct Step {
    const PlannedOperation* operation = nullptr;
    model::Path path;
    std::vector<const PlannedInstance*> instances;  // of a Write
};

// Carries the plan out on what the device holds, in thought, and only then fills in the values:
// random ones are the same wherever an instance is written again.
class Planner {
  public:
    Planner(const Profile& profile, const Device& device, const Told& told, wire::Random& random)
        : device_(device),
          random_(random),
          discovered_(told.discovered),
          holdings_(told.discovered, told.account) {
        for (const PlannedInstance& planned : profile.instances) everything_.push_back(&planned);
        std::ranges::stable_sort(everything_, {}, writing_rank);
        for (const PlannedInstance* planned : everything_) ids_.reserve(*planned);
    }

    // Each false: reason() says why the plan is impossible.
    void reserve(const PlannedOperation& operation) {
        for (const PlannedInstance& planned : operation.instances) ids_.reserve(planned);
    }
    bool lay_out(const PlannedOperation&, std::vector<Step>& into);
    bool fill_in(const Step&, std::vector<Operation>& into);
    bool resolve(const PlannedInstance&, bool whole, const model::Resources*& resources);

    bool lay_out_instance(const PlannedInstance&);
    const std::vector<const PlannedInstance*>& everything() const { return everything_; }
    model::InstanceId id_of(const PlannedInstance& planned) const {
        return ids_.find(planned).value_or(0);
    }
    Holdings& holdings() { return holdings_; }
    bool fails(std::optional<std::string> reason) {
        if (reason) reason_ = std::move(*reason);
        return reason.has_value();
    }
    PlanImpossible impossible() && { return {std::move(reason_)}; }

  private:
    bool lay_out_part(const PlannedOperation&, Step& step);

    const Device& device_;
    wire::Random& random_;
    const model::Discovered* discovered_;
    Holdings holdings_;
    InstanceIds ids_;
    std::vector<const PlannedInstance*> everything_;
    std::map<const PlannedInstance*, model::Resources> resolved_;
    std::string reason_;
};

// A whole instance gets its id, and is on the device from now on.
bool Planner::lay_out_instance(const PlannedInstance& planned) {
    if (discovered_ != nullptr && fails(check_version(planned, *discovered_))) return false;
    if (fails(ids_.choose(planned, holdings_))) return false;
    holdings_.put(planned.object, id_of(planned), short_server_id_of(planned));
    return true;
}

// A Write of one Resource: the instance is there already, or begins to be with it.
bool Planner::lay_out_part(const PlannedOperation& operation, Step& step) {
    const PlannedInstance& part = operation.instances.front();
    auto id = part.instance;
    if (!id) id = ids_.find(part);
    if (!id) {
        reason_ = operation.pointer + " writes to {" + part.label +
                  "}, an instance that is not written before";
        return false;
    }
    step.path = model::Path(part.object, *id, *operation.path.resource());
    if (fails(check_partial_write(step.path, operation.pointer, holdings_))) return false;
    if (discovered_ != nullptr && fails(check_version(part, *discovered_))) return false;
    holdings_.put(part.object, *id, short_server_id_of(part));
    return true;
}

bool Planner::lay_out(const PlannedOperation& operation, std::vector<Step>& into) {
    switch (operation.kind) {
        case OperationKind::delete_:
            if (fails(check_delete(operation.path, operation.pointer, holdings_))) return false;
            holdings_.remove(operation.path);
            break;
        case OperationKind::write: {
            if (operation.everything) {
                for (const PlannedInstance* planned : everything_) {
                    if (!lay_out_instance(*planned)) return false;
                    into.push_back({&operation, {planned->object, id_of(*planned)}, {planned}});
                }
                return true;
            }
            Step step{&operation, operation.path, {}};
            for (const PlannedInstance& planned : operation.instances)
                step.instances.push_back(&planned);
            if (operation.path.resource()) {
                if (!lay_out_part(operation, step)) return false;
            } else {
                for (const PlannedInstance& planned : operation.instances)
                    if (!lay_out_instance(planned)) return false;
                if (operation.path.instance())
                    step.path = {step.instances.front()->object, id_of(*step.instances.front())};
            }
            into.push_back(std::move(step));
            return true;
        }
        case OperationKind::discover:
        case OperationKind::read:
            break;
        case OperationKind::finish:
            return true;
    }
    into.push_back({&operation, operation.path, {}});
    return true;
}

bool Planner::resolve(const PlannedInstance& planned, bool whole,
                      const model::Resources*& resources) {
    auto found = resolved_.find(&planned);
    if (found == resolved_.end()) {
        auto values = resolve_values(planned, device_, ids_, random_);
        if (auto* reason = std::get_if<std::string>(&values)) return !fails(std::move(*reason));
        found = resolved_.emplace(&planned, std::get<model::Resources>(std::move(values))).first;
    }
    resources = &found->second;
    if (!whole || planned.object != model::object::security) return true;
    return !fails(check_security_values(planned, *resources));
}

bool Planner::fill_in(const Step& step, std::vector<Operation>& into) {
    Operation operation;
    operation.kind = step.operation->kind;
    operation.path = step.path;
    operation.content_format = step.operation->content_format;
    const bool is_part = step.path.resource().has_value();
    model::Instances several;
    for (const PlannedInstance* planned : step.instances) {
        const model::Resources* resources = nullptr;
        if (!resolve(*planned, !is_part, resources)) return false;
        if (is_part)
            operation.content = resources->at(*step.path.resource());
        else if (step.path.instance())
            operation.content = *resources;
        else
            several[id_of(*planned)] = *resources;
        if (operation.queries.empty() && planned->version_in_query && planned->object_version)
            operation.queries.push_back("ver=" + *planned->object_version);
    }
    if (!several.empty()) operation.content = std::move(several);
    into.push_back(std::move(operation));
    return true;
}

}  // namespace

std::vector<model::Path> first_discovers(const Profile& profile) {
    if (profile.operations.empty())
        return profile.discover ? std::vector{model::Path()} : std::vector<model::Path>{};
    std::vector<model::Path> paths;
    for (const PlannedOperation& operation : profile.operations) {
        if (!is_leading_discover(operation)) break;
        paths.push_back(operation.path);
    }
    return paths;
}

model::ContentFormat session_format(const Profile& profile,
                                    std::optional<std::uint16_t> preferred) {
    const auto asked = preferred ? model::content_format_from(*preferred) : std::nullopt;
    if (asked && model::holds_instances(*asked)) return *asked;
    if (profile.content_format) return *profile.content_format;
    return profile.enabler == EnablerVersion::v1_2 ? model::ContentFormat::senml_cbor
                                                   : model::ContentFormat::tlv;
}

PlanResult make_plan(const Profile& profile, const Device& device, const Told& told,
                     wire::Random& random) {
    const auto usual = usual_operations(profile);
    const auto& all = profile.operations.empty() ? usual : profile.operations;
    const std::vector<PlannedOperation>& repair = profile.on_finish_refused;
    const auto first = std::ranges::find_if_not(all, is_leading_discover);

    Planner planner(profile, device, told, random);
    for (const auto& operation : all) planner.reserve(operation);
    for (const auto& operation : repair) planner.reserve(operation);

    const Holdings before = planner.holdings();
    std::vector<Step> steps, repair_steps;
    for (auto it = first; it != all.end(); ++it)
        if (!planner.lay_out(*it, steps)) return std::move(planner).impossible();
    if (planner.fails(check_accounts(before, planner.holdings())))
        return std::move(planner).impossible();
    for (const auto& operation : repair)
        if (!planner.lay_out(operation, repair_steps)) return std::move(planner).impossible();

    Plan plan;
    for (const Step& step : steps)
        if (!planner.fill_in(step, plan.operations)) return std::move(planner).impossible();
    plan.operations.emplace_back();
    for (const Step& step : repair_steps)
        if (!planner.fill_in(step, plan.repair)) return std::move(planner).impossible();
    return plan;
}

std::variant<model::Objects, PlanImpossible> make_pack(const Profile& profile, const Device& device,
                                                       const Told& told, wire::Random& random) {
    if (!profile.pack) return PlanImpossible{"the profile has no pack"};
    if (!profile.operations.empty())
        return PlanImpossible{
            "the profile says what is done (\"operations\"), and a pack says what "
            "a device shall hold"};
    Planner planner(profile, device, told, random);
    for (const PlannedInstance* planned : planner.everything())
        planner.holdings().remove(model::Path(planned->object));
    for (const PlannedInstance* planned : planner.everything())
        if (!planner.lay_out_instance(*planned)) return std::move(planner).impossible();
    model::Objects objects;
    for (const PlannedInstance* planned : planner.everything()) {
        const model::Resources* resources = nullptr;
        if (!planner.resolve(*planned, true, resources)) return std::move(planner).impossible();
        objects[planned->object][planner.id_of(*planned)] = *resources;
    }
    return objects;
}

std::vector<std::string> review(const std::vector<Operation>&, const model::Discovered*) {
    return {};
}

}  // namespace provisioning
