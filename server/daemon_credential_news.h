#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "provisioning/store/store.h"
#include "server/asio.h"
#include "server/http/events.h"
#include "server/journal/journal.h"
#include "server/wire/bytes.h"
#include "server/wire/random.h"

namespace bootstrapd {

// What becomes of the keys of devices' Bootstrap-Server accounts, for the log, for those who watch
// (event "credential") and for the webhooks that want events of its kind. Identities are told, keys
// never. Used on the control thread; what it is made of outlives it.
class CredentialNews {
  public:
    struct Parts {
        boost::asio::io_context& context;
        store::Store& store;
        wire::Random& random;
        http::Events& events;
        journal::Journal& journal;
        // The webhooks that want events of a kind.
        std::function<std::vector<std::string>(std::string_view kind)> wanting;
        // The store has messages for webhooks.
        std::function<void()> kept;
    };
    explicit CredentialNews(Parts parts) : parts_(std::move(parts)) {}

    // Recorded, and about to be written to the device.
    void pending(const std::string& endpoint, wire::BytesView identity, const std::string& session);
    // The device has proved that it holds it: the one before is honoured for its grace period.
    void promoted(const std::string& endpoint, wire::BytesView identity);
    // The device came back with one that had been replaced: somebody should look at it.
    void returned(const std::string& endpoint, wire::BytesView identity);
    void rotation_ordered(const std::string& endpoint);

  private:
    void tell(std::string_view kind, const std::string& endpoint, const std::string& identity,
              const std::string& session);

    Parts parts_;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace bootstrapd
