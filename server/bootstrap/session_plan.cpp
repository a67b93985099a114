#include "server/bootstrap/session_plan.h"

#include <iterator>
#include <utility>

namespace bootstrap {
namespace {

using model::ContentFormat;
using provisioning::Operation;
using provisioning::OperationKind;

void end_with_finish(std::vector<Operation>& operations) {
    if (operations.empty() || operations.back().kind != OperationKind::finish) {
        operations.emplace_back();
    }
}

}  // namespace

boost::system::result<std::vector<SessionPlan::Step>, std::string> SessionPlan::check(
    std::vector<Operation> operations, ContentFormat format) {
    std::vector<Step> steps;
    steps.reserve(operations.size());
    for (Operation& operation : operations) {
        Step& step = steps.emplace_back();
        step.operation = std::move(operation);
        if (step.operation.kind != OperationKind::write) continue;
        if (auto ready = make_ready(step.operation, format); !ready) return ready.error();
        step.tlv_holds = !step.operation.content_format &&
                         (format == ContentFormat::tlv ||
                          make_ready(step.operation, ContentFormat::tlv).has_value());
    }
    return steps;
}

boost::system::result<SessionPlan, std::string> SessionPlan::make(
    const provisioning::Assignment& assignment, ContentFormat format,
    const FirstDiscovers& discovers, const std::vector<model::Path>* account,
    const provisioning::Issued* issued, wire::Random& random) {
    auto result = provisioning::make_plan(*assignment.profile, *assignment.device,
                                          {discovers.all(), account, issued}, random);
    if (auto* impossible = std::get_if<provisioning::PlanImpossible>(&result)) {
        return std::move(impossible->reason);
    }
    auto& [operations, repair] = std::get<provisioning::Plan>(result);
    end_with_finish(operations);

    // Now, while all of it is here: it costs little, and keeps neither keys nor what the device
    // told for a refusal that seldom comes.
    SessionPlan plan;
    plan.findings_ = provisioning::review(operations, discovers.all());
    if (!repair.empty()) {
        const auto count = static_cast<std::ptrdiff_t>(operations.size());
        std::move(repair.begin(), repair.end(), std::back_inserter(operations));
        plan.findings_after_repair_ = provisioning::review(operations, discovers.all());
        repair.assign(std::make_move_iterator(operations.begin() + count),
                      std::make_move_iterator(operations.end()));
        operations.erase(operations.begin() + count, operations.end());
        end_with_finish(repair);
    }
    plan.format_ = plan.first_format_ = format;
    auto steps = check(std::move(operations), format);
    if (!steps) return steps.error();
    auto repair_steps = check(std::move(repair), format);
    if (!repair_steps) return repair_steps.error();
    plan.steps_ = std::move(*steps);
    plan.repair_ = std::move(*repair_steps);
    return plan;
}

std::vector<model::Path> SessionPlan::deleted_later() const {
    std::vector<model::Path> paths;
    for (std::size_t i = position_ + 1; i < steps_.size(); ++i) {
        if (steps_[i].operation.kind == OperationKind::delete_)
            paths.push_back(steps_[i].operation.path);
    }
    return paths;
}

boost::system::result<ReadyOperation, std::string> SessionPlan::ready() const {
    return make_ready(current(), format_of_current());
}

void SessionPlan::done() {
    steps_[position_].operation.content = {};
    ++position_;
}

ContentFormat SessionPlan::format_of(const Step& step) const {
    if (step.operation.content_format) return *step.operation.content_format;
    const bool is_write = step.operation.kind == OperationKind::write;
    return is_write && !step.tlv_holds ? first_format_ : format_;
}

SessionPlan::InTlv SessionPlan::in_tlv() const {
    const Step& step = steps_[position_];
    if (step.operation.kind != OperationKind::write || step.operation.content_format ||
        format_of(step) == ContentFormat::tlv) {
        return InTlv::no;
    }
    return step.tlv_holds ? InTlv::possible : InTlv::cannot_hold;
}

std::vector<model::Path> SessionPlan::fall_back() {
    format_ = ContentFormat::tlv;
    std::vector<model::Path> exceptions;
    for (std::size_t i = position_; i < steps_.size(); ++i) {
        const Step& step = steps_[i];
        if (step.operation.kind == OperationKind::write && !step.operation.content_format &&
            !step.tlv_holds) {
            exceptions.push_back(step.operation.path);
        }
    }
    return exceptions;
}

bool SessionPlan::begin_repair() {
    if (repair_.empty()) return false;
    steps_ = std::exchange(repair_, {});
    findings_ = std::move(findings_after_repair_);
    position_ = 0;
    in_repair_ = true;
    return true;
}

}  // namespace bootstrap
