#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "provisioning/holdings.h"
#include "provisioning/instance_ids.h"
#include "provisioning/plan.h"

namespace provisioning {

// An operation whose instances have their ids, before its values are filled in.
struct PlanStep {
    const PlannedOperation* operation = nullptr;
    model::Path path;
    std::vector<const PlannedInstance*> instances;  // of a Write
};

// Makes the operations of one device in two rounds: first all are carried out in thought on what
// it holds, which gives every instance its id, then the values are filled in, links among them.
// Everything that it is made of outlives it. Each function returns why the plan is impossible;
// nothing: it is not.
class Planner {
  public:
    Planner(const Profile& profile, const Device& device, const Told& told, wire::Random& random);

    using Impossible = std::optional<std::string>;

    // First round. What all operations write has to be known before the first is laid out.
    void announce(const std::vector<PlannedOperation>& operations);
    Impossible lay_out(const PlannedOperation& operation, std::vector<PlanStep>& into);
    // Of a Bootstrap-Pack: each Object in it loses what it has, and then gets everything.
    Impossible lay_out_pack();
    const Holdings& holdings() const { return holdings_; }

    // Second round. Values of chance are the same wherever an instance is written again.
    Impossible fill_in(const PlanStep& step, std::vector<Operation>& into);
    Impossible fill_in_pack(model::Objects& into);

  private:
    Impossible lay_out_write(const PlannedOperation& operation, std::vector<PlanStep>& into);
    Impossible lay_out_resource(const PlannedOperation& operation, PlanStep& step);
    // A whole instance, which is on the device from now on.
    Impossible lay_out_instance(const PlannedInstance& planned);
    Impossible resolve(const PlannedInstance& planned, const model::Resources*& resources);
    Impossible resolve_whole(const PlannedInstance& planned, const model::Resources*& resources);
    model::InstanceId id_of(const PlannedInstance& planned) const;

    const Device& device_;
    wire::Random& random_;
    const model::Discovered* discovered_;
    const Issued* issued_;
    Holdings holdings_;
    InstanceIds ids_;
    std::vector<const PlannedInstance*> everything_;  // in the order of writing
    std::map<const PlannedInstance*, model::Resources> resolved_;
};

}  // namespace provisioning
