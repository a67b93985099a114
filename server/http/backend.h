#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "provisioning/catalog.h"
#include "server/attach/event.h"
#include "server/bootstrap/directory.h"
#include "server/explain/plan.h"

namespace http {

// What the API asks of the daemon. Called on the control thread, answered at once.
class Backend {
  public:
    virtual ~Backend() = default;

    struct Unknown {
        std::string reason;
    };
    struct Contradiction {
        std::string reason;
    };
    virtual std::variant<bootstrap::AttachAccepted, bootstrap::AttachRefused, Unknown,
                         Contradiction>
    attach(const attach::Event&) = 0;
    virtual std::optional<bootstrap::SessionRecord> session(const bootstrap::SessionId&) = 0;
    virtual std::vector<bootstrap::SessionRecord> sessions(const bootstrap::Directory::Filter&) = 0;
    enum class CancelResult { cancelled, already_ended, unknown };
    virtual CancelResult cancel(const bootstrap::SessionId&) = 0;
    // The profiles and devices in force; never null.
    virtual std::shared_ptr<const provisioning::Catalog> catalog() = 0;
    // What would be sent to a device.
    virtual explain::PlanAnswer plan(const explain::PlanQuestion&) = 0;
    // Why the daemon is not able to serve; nothing: it is.
    virtual std::optional<std::string> not_ready() = 0;
    // Counters and gauges as a JSON object text, for GET /v1/status.
    virtual std::string status() = 0;
};

}  // namespace http
