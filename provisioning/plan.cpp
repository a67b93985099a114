#include "provisioning/plan.h"

#include <algorithm>
#include <utility>

#include "provisioning/plan_bootstrap_account.h"
#include "provisioning/plan_checks.h"
#include "provisioning/planner.h"

namespace provisioning {
namespace {

bool is_discover(const PlannedOperation& operation) {
    return operation.kind == OperationKind::discover;
}

// Delete "/" where it is wanted, a Write of each instance.
std::vector<PlannedOperation> usual_operations(const Profile& profile) {
    std::vector<PlannedOperation> list;
    if (profile.delete_all) list.emplace_back().kind = OperationKind::delete_;
    PlannedOperation& write = list.emplace_back();
    write.kind = OperationKind::write;
    write.everything = true;
    return list;
}

}  // namespace

std::vector<model::Path> first_discovers(const Profile& profile) {
    if (profile.operations.empty())
        return profile.discover ? std::vector{model::Path()} : std::vector<model::Path>{};
    std::vector<model::Path> paths;
    for (const PlannedOperation& operation : profile.operations) {
        if (!is_discover(operation)) break;
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
    const auto& operations = profile.operations.empty() ? usual : profile.operations;
    const auto& repair = profile.on_finish_refused;

    Planner planner(profile, device, told, random);
    planner.announce(operations);
    planner.announce(repair);
    const Holdings before = planner.holdings();
    std::vector<PlanStep> steps, repair_steps;
    for (auto it = std::ranges::find_if_not(operations, is_discover); it != operations.end(); ++it)
        if (auto reason = planner.lay_out(*it, steps)) return PlanImpossible{std::move(*reason)};
    if (auto reason = check_accounts(before, planner.holdings()))
        return PlanImpossible{std::move(*reason)};
    for (const PlannedOperation& operation : repair)
        if (auto reason = planner.lay_out(operation, repair_steps))
            return PlanImpossible{std::move(*reason)};

    Plan plan;
    for (const PlanStep& step : steps)
        if (auto reason = planner.fill_in(step, plan.operations))
            return PlanImpossible{std::move(*reason)};
    if (auto reason = add_account_operations(profile, device, told, planner.holdings(), random,
                                             plan.operations))
        return PlanImpossible{std::move(*reason)};
    plan.operations.emplace_back();  // Finish
    for (const PlanStep& step : repair_steps)
        if (auto reason = planner.fill_in(step, plan.repair))
            return PlanImpossible{std::move(*reason)};
    return plan;
}

std::optional<NewAccount> new_account(const Profile& profile, const Device& device,
                                      const Told& told, wire::Random& random) {
    const BootstrapAccount& account = profile.account;
    if (account.keys != BootstrapAccount::Keys::replace || account.hands_over ||
        account.way != BootstrapAccount::Way::new_instance)
        return std::nullopt;
    const auto usual = usual_operations(profile);
    const auto& operations = profile.operations.empty() ? usual : profile.operations;
    Planner planner(profile, device, told, random);
    planner.announce(operations);
    planner.announce(profile.on_finish_refused);
    std::vector<PlanStep> steps;
    for (auto it = std::ranges::find_if_not(operations, is_discover); it != operations.end(); ++it)
        if (planner.lay_out(*it, steps)) return std::nullopt;
    // Only where it goes matters: any key will do, and of the rest that it deletes everything.
    Issued issued;
    issued.replacement = PskCredential{wire::Bytes(1), model::Secret(wire::Bytes(1))};
    const Told with{told.discovered, told.account, &issued};
    std::vector<Operation> of_account;
    for (const PlanStep& step : steps)
        if (step.operation->kind == OperationKind::delete_ && step.path.is_root()) {
            of_account.emplace_back();
            of_account.back().kind = OperationKind::delete_;
        }
    if (add_account_operations(profile, device, with, planner.holdings(), random, of_account))
        return std::nullopt;
    std::optional<NewAccount> found;
    for (const Operation& operation : of_account) {
        const bool is_instance = operation.path.instance() && !operation.path.resource();
        if (!is_instance) continue;
        if (operation.kind == OperationKind::write)
            found = NewAccount{*operation.path.instance(), std::nullopt};
        else if (operation.kind == OperationKind::delete_ && found)
            found->replaces = operation.path.instance();
    }
    return found;
}

std::variant<model::Objects, PlanImpossible> make_pack(const Profile& profile, const Device& device,
                                                       const Told& told, wire::Random& random) {
    if (!profile.pack) return PlanImpossible{"the profile has no pack"};
    if (!profile.wanted.empty())
        return PlanImpossible{"the profile has keys that are made for each device"};
    if (!profile.operations.empty())
        return PlanImpossible{
            "the profile says what is to be done (\"operations\"); a pack says what a device shall "
            "hold"};
    Planner planner(profile, device, told, random);
    if (auto reason = planner.lay_out_pack()) return PlanImpossible{std::move(*reason)};
    model::Objects objects;
    if (auto reason = planner.fill_in_pack(objects)) return PlanImpossible{std::move(*reason)};
    return objects;
}

}  // namespace provisioning
