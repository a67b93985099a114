#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/settings.h"
#include "server/attach/mapping.h"
#include "server/daemon_attach.h"
#include "server/daemon_credential_news.h"
#include "server/daemon_profiles.h"
#include "server/daemon_rotations.h"
#include "server/daemon_sessions.h"
#include "server/daemon_status.h"
#include "server/daemon_traces.h"
#include "server/http/backend.h"
#include "server/metrics/tally.h"
#include "server/wire/random.h"

namespace bootstrapd {

using Mappings = std::map<std::string, std::shared_ptr<const attach::Mapping>, std::less<>>;

// JSON pointers to what is other in the second than in the first.
std::vector<std::string> changed_settings(const config::Settings&, const config::Settings&);

// What the API asks, answered by the daemon's parts, which outlive it. On the control thread.
class Backend final : public http::Backend {
  public:
    struct Parts {
        boost::asio::io_context& context;
        store::Store& store;
        Profiles& profiles;
        Sessions& sessions;
        AttachDesk& desk;
        http::Events& events;
        Rotations& rotations;
        CredentialNews& news;
        Traces& traces;
        wire::Random& random;
        const config::Settings& settings;  // those in force
        std::function<Status()> status;    // without what the store counts
        const metrics::Tally& tally;
        std::function<std::optional<std::string>()> not_ready;
        // A profile was made that may do what nobody meant.
        std::function<void(const provisioning::Profile&)> warn;
        std::function<void(Reply<ReloadResult>)> reload;
    };
    explicit Backend(Parts parts) : parts_(std::move(parts)) {}

    void set(Mappings mappings) { mappings_ = std::move(mappings); }

    store::Store& store() override { return parts_.store; }
    void post(std::function<void()> what) override;
    attach::Sink& attachments() override { return parts_.desk; }
    std::shared_ptr<const attach::Mapping> mapping(std::string_view source) override;
    std::optional<bootstrap::SessionRecord> live_session(const bootstrap::SessionId&) override;
    std::vector<bootstrap::SessionRecord> live_sessions(const std::optional<std::string>& endpoint,
                                                        std::size_t limit) override;
    CancelResult cancel(const bootstrap::SessionId&) override;
    void device_changed(const std::string& endpoint) override {
        parts_.desk.device_changed(endpoint);
    }
    std::optional<http::Rotation> begin_rotation(http::RotationOrder order,
                                                 store::AuditEntry audit) override {
        return parts_.rotations.begin(std::move(order), std::move(audit));
    }
    std::vector<http::Rotation> rotations() override { return parts_.rotations.all(); }
    bool cancel_rotation(const std::string& id) override { return parts_.rotations.cancel(id); }
    void rotation_ordered(const std::string& endpoint) override {
        parts_.news.rotation_ordered(endpoint);
    }
    std::shared_ptr<const provisioning::ProfileSet> profiles() override;
    void put_profile(std::string name, std::string text, store::Precondition, store::AuditEntry,
                     Reply<PutProfileResult>) override;
    void remove_profile(std::string name, store::Precondition, store::AuditEntry,
                        Reply<RemoveProfileResult>) override;
    void plan(explain::PlanQuestion, Reply<PlanResult>) override;
    http::Events& events() override { return parts_.events; }
    std::shared_ptr<trace::Recording> begin_trace(const trace::Order& order,
                                                  const std::string& caller) override {
        return parts_.traces.begin(order, caller);
    }
    std::optional<std::string> not_ready() override { return parts_.not_ready(); }
    std::size_t backlog() override;
    void status(Reply<std::string>) override;
    void metrics(Reply<std::string>) override;
    void reload(Reply<ReloadResult> reply) override { parts_.reload(std::move(reply)); }

  private:
    // The status with what the store counts, on the control thread.
    void count(std::function<void(const Status&)> then);

    Parts parts_;
    Mappings mappings_;
};

}  // namespace bootstrapd
