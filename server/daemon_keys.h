#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "provisioning/store/store.h"
#include "server/asio.h"
#include "server/bootstrap/messages.h"
#include "server/daemon_credential_news.h"
#include "server/daemon_profiles.h"
#include "server/journal/journal.h"
#include "server/outbound/key_sharer.h"
#include "server/wire/random.h"

namespace bootstrapd {

// Makes what a session wants made for its device, before any Delete or Write:
//
//   fresh values ─► the store keeps them, or what it had ─► every server that has to know a secret
//   is told ─► the store notes that ─► Prepared
//
// Whatever fails ends the session with the device untouched. It also tells the store of every
// handshake that proves a key of a device's account. On the control thread; what it is made of
// outlives it.
class KeyDesk {
  public:
    struct Parts {
        boost::asio::io_context& context;
        store::Store& store;
        const Profiles& profiles;
        outbound::KeySharer& sharer;
        wire::Random& random;
        journal::Journal& journal;
        CredentialNews& news;
        // The device's keys are others now: what waits for it has to know.
        std::function<void(const std::string& endpoint)> changed;
    };
    // Sessions that wait at once; those beyond it end as interrupted.
    static constexpr std::size_t most_under_way = 20'000;
    // Proofs that the store has not taken yet; those beyond it are left out: the device's next
    // handshake proves the same.
    static constexpr std::size_t most_proofs = 20'000;

    explicit KeyDesk(Parts parts);

    using Then = std::function<void(bootstrap::Prepared)>;
    // `then` comes later or at once, exactly once, unless the desk has gone.
    void prepare(bootstrap::PreparationWanted wanted, Then then);
    // A full handshake with a PSK, either way round, that began at `began`.
    void proved(const std::string& endpoint, const wire::Bytes& identity, wire::TimePoint began);

    struct Counters {
        std::uint64_t prepared = 0, refused = 0;
        std::uint64_t promoted = 0, returned = 0;
        std::uint64_t proofs_left_out = 0;
    };
    const Counters& counters() const { return counters_; }
    std::size_t under_way() const { return under_way_; }

  private:
    struct Work;
    using WorkPointer = std::shared_ptr<Work>;

    void begin(const WorkPointer& work);
    void issue(const WorkPointer& work);
    std::variant<provisioning::PskCredential, std::string> fresh_credential(
        const provisioning::Profile& profile, const provisioning::Device& device);
    void issued(const WorkPointer& work, store::IssueResult result);
    void share(const WorkPointer& work);
    void shared(const WorkPointer& work, std::optional<std::string> failure);
    void note_shared(const WorkPointer& work);
    void finish(const WorkPointer& work);
    void refuse(const WorkPointer& work, bootstrap::Outcome outcome, std::string reason);
    void prove(const store::DevicePointer& record, store::CredentialProof proof);
    void proof_ends(const std::string& endpoint);
    void on_proved(const store::CredentialProof& proof, provisioning::Keyring::Proved proved);
    void store_failed(const char* what, const store::Error& error);
    // Brings what the store answers to this thread, unless this object has gone.
    template <class T, class Do>
    store::Then<T> here(Do what);

    Parts parts_;
    Counters counters_;
    std::size_t under_way_ = 0;
    std::size_t proofs_ = 0;
    // By endpoint: what a device has just proved counts before anything is made for it anew.
    std::map<std::string, std::size_t> proving_;
    std::multimap<std::string, WorkPointer> held_;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace bootstrapd
