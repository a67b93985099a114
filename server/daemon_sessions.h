#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/asio.h"
#include "server/bootstrap/directory.h"
#include "server/daemon_chronicle.h"
#include "server/daemon_keys.h"
#include "server/daemon_recorder.h"
#include "server/daemon_traces.h"
#include "server/http/events.h"
#include "server/metrics/tally.h"
#include "server/net/shards.h"
#include "server/outbound/server_trigger.h"

namespace bootstrapd {

// The Directory and what it takes to live: its timer, its commands to the shards, what it asks of
// LwM2M Servers, and everybody who is told of its sessions. Used on the control thread; what it is
// made of outlives it.
class Sessions {
  public:
    struct Parts {
        boost::asio::io_context& context;
        net::Shards& shards;
        bootstrap::Directory& directory;
        Chronicle& chronicle;
        Recorder& recorder;
        http::Events& events;
        outbound::ServerTrigger& servers;
        KeyDesk& keys;
        Traces& traces;
        metrics::Tally& tally;
    };
    // `settled` is called after every turn: a drain waits for the last session.
    Sessions(const Parts&, std::function<void()> settled);

    void take(std::vector<bootstrap::Notice> notices);
    bootstrap::AttachResult attach(const bootstrap::Attachment&);
    void restore(bootstrap::Directory::Restored);
    void refresh(const provisioning::Assignment& assignment,
                 const std::vector<provisioning::PskCredential>& to_dial) {
        parts_.directory.refresh(assignment, to_dial);
    }
    std::optional<bootstrap::SessionId> withdraw(const std::string& endpoint,
                                                 const std::optional<wire::IpAddress>& address,
                                                 std::string reason);
    void withdraw_from(const std::string& origin, std::string reason);
    bool cancel(const bootstrap::SessionId&);
    void drain();
    void interrupt();

    const bootstrap::Directory& directory() const { return parts_.directory; }

  private:
    // What is the KeyDesk's alone, which the Directory does not have to know. True: it was.
    bool is_for_keys(bootstrap::Notice& notice);
    void tell_keys(const bootstrap::Notice& notice);
    void perform(bootstrap::Directory::Output& out);
    void tell(const bootstrap::OperationAnswered&);
    void tell_end(const bootstrap::SessionRecord&);
    void arm_timer();

    Parts parts_;
    std::function<void()> settled_;
    boost::asio::steady_timer timer_;
    std::optional<wire::TimePoint> armed_for_;
};

}  // namespace bootstrapd
