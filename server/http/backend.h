#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/document/document.h"
#include "provisioning/profile_set.h"
#include "provisioning/store/store.h"
#include "server/attach/mapping.h"
#include "server/attach/sink.h"
#include "server/bootstrap/directory.h"
#include "server/explain/plan.h"
#include "server/http/caller.h"
#include "server/http/events.h"
#include "server/http/rotation.h"
#include "server/trace/recording.h"

namespace http {

// What the API asks of the daemon. Called on the control thread; replies come there too, exactly
// once, later or at once.
class Backend {
  public:
    virtual ~Backend() = default;
    template <class T>
    using Reply = std::function<void(T)>;

    // The store's own callbacks come on its threads: post() brings what they have to do here.
    virtual store::Store& store() = 0;
    virtual void post(std::function<void()>) = 0;

    virtual attach::Sink& attachments() = 0;
    // How a source's bodies become events; null: there is no such source.
    virtual std::shared_ptr<const attach::Mapping> mapping(std::string_view source) = 0;

    // Sessions that run or wait; those that have ended are in the store. Newest first.
    virtual std::optional<bootstrap::SessionRecord> live_session(const bootstrap::SessionId&) = 0;
    virtual std::vector<bootstrap::SessionRecord> live_sessions(
        const std::optional<std::string>& endpoint, std::size_t limit) = 0;
    enum class CancelResult { cancelled, already_ended, unknown };
    virtual CancelResult cancel(const bootstrap::SessionId&) = 0;

    // The device's record was changed or removed: what waits for it has to know.
    virtual void device_changed(const std::string& endpoint) = 0;

    // New keys for the accounts of many devices: nothing where too many are under way; newest
    // first; false where none of that id is under way.
    virtual std::optional<Rotation> begin_rotation(RotationOrder, store::AuditEntry) = 0;
    virtual std::vector<Rotation> rotations() = 0;
    virtual bool cancel_rotation(const std::string& id) = 0;
    // One device has its order: the store keeps it.
    virtual void rotation_ordered(const std::string& endpoint) = 0;

    // The profiles in force; never null.
    virtual std::shared_ptr<const provisioning::ProfileSet> profiles() = 0;
    // Checks, stores and puts in force. Problems mean that nothing was changed.
    using PutProfileResult = std::variant<store::PutResult, document::Problems, store::Error>;
    virtual void put_profile(std::string name, std::string text, store::Precondition,
                             store::AuditEntry, Reply<PutProfileResult>) = 0;
    using RemoveProfileResult = std::variant<store::RemoveResult, store::Error>;
    virtual void remove_profile(std::string name, store::Precondition, store::AuditEntry,
                                Reply<RemoveProfileResult>) = 0;

    // What would be sent to a device.
    using PlanResult = std::variant<explain::PlanAnswer, store::Error>;
    virtual void plan(explain::PlanQuestion, Reply<PlanResult>) = 0;

    virtual Events& events() = 0;
    // The messages of an endpoint from now on, whether it is known or not; goes on until the last
    // pointer to it is gone. Null: there are as many as may be.
    virtual std::shared_ptr<trace::Recording> begin_trace(const trace::Order&,
                                                          const std::string& caller) = 0;
    // Why the daemon is not able to serve; nothing: it is.
    virtual std::optional<std::string> not_ready() = 0;
    // Triggers that wait for their turn: GET /readyz tells.
    virtual std::size_t backlog() = 0;
    // Counters and gauges as a JSON object text, for GET /v1/status.
    virtual void status(Reply<std::string>) = 0;
    // The same for Prometheus, in its text format 0.0.4.
    virtual void metrics(Reply<std::string>) = 0;

    // Reads settings, profiles and devices again, as SIGHUP does, and puts them in force.
    struct Reloaded {
        std::vector<std::string> settings;  // JSON pointers to those that are other than before
        std::size_t profiles = 0;           // in force
        std::uint64_t devices_written = 0, devices_disabled = 0;
    };
    struct CannotReload {
        std::string reason;  // the daemon starts or stops
    };
    // Problems mean that all is as it was.
    using ReloadResult = std::variant<Reloaded, document::Problems, CannotReload>;
    virtual void reload(Reply<ReloadResult>) = 0;
};

}  // namespace http
