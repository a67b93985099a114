#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "provisioning/catalog.h"
#include "provisioning/issue.h"
#include "provisioning/model/discovered.h"
#include "provisioning/plan.h"
#include "server/bootstrap/record.h"
#include "server/bootstrap/session_plan.h"
#include "server/coap/endpoint.h"

namespace bootstrap {

// Why the answer to a Discover is not what the plan has to see before it goes on, for people;
// nothing: it is.
std::optional<std::string> unmet_expectation(const provisioning::Operation& operation,
                                             const coap::Response& response);

// What a session does to the device's Bootstrap-Server account: told by the operations as they
// leave and are answered. Used by one thread.
class SessionAccount {
  public:
    // The plan is made. `issued` and `told` may be null: nothing was made, Discover told nothing.
    void begin(const provisioning::Assignment& assignment, const provisioning::Issued* issued,
               const model::Discovered* told);
    // The plan's current operation leaves (it may reach the device whatever becomes of its answer).
    void leaves(const SessionPlan& plan, AccountReport& report) const;
    void answered_well(const provisioning::Operation& operation, AccountReport& report);
    // The Finish was answered well: what was deleted stays deleted.
    void finished(AccountReport& report) const;

    // By its Finish the device belongs to another Bootstrap-Server.
    bool hands_over() const { return hands_over_; }

  private:
    bool is_credential(const provisioning::Operation& operation) const;

    bool writes_credential_ = false;
    bool hands_over_ = false;
    std::optional<std::chrono::seconds> expires_after_;
    std::vector<model::InstanceId> purged_;
};

}  // namespace bootstrap
