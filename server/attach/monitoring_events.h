#pragma once

#include "server/attach/mapping.h"

namespace attach {

// The notifications of 3GPP's MonitoringEvent API: TS 29.122 §5.3 (SCEF), TS 29.522 (NEF). A
// PDN_CONNECTIVITY_STATUS tells of one or several connections, each an event: CREATED with the
// address, RELEASED a detach. UE_REACHABILITY tells of no address. Enumerations are open there, so
// another monitoringType or status is passed over, and so is a notification without reports.
class MonitoringEvents : public Mapping {
  public:
    std::optional<Mapped> map(const nlohmann::json& body, document::Problems&) const override;
    unsigned success_status() const override { return 204; }
};

}  // namespace attach
