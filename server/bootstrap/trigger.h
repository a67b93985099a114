#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/bootstrap/association_index.h"
#include "server/bootstrap/dial_credentials.h"
#include "server/bootstrap/directory.h"
#include "server/wire/time.h"

namespace bootstrap {

// A network-attach trigger: how the device it speaks of can be reached, and which of the ways have
// been tried since the last pause. Used by one thread.
class Trigger {
  public:
    Trigger(const Attachment& attachment, const DirectorySettings& settings,
            wire::TimePoint window_ends);

    // Why no way exists at all; nothing: there is one, if only to wait until the device asks.
    static std::optional<std::string> unreachable(const Attachment& attachment,
                                                  const DirectorySettings& settings);

    // Whether the attachment tells of another address or port than before; they are taken over
    // and every way is open again.
    bool redirect(const Attachment& attachment);

    struct OverAssociation {
        PeerRef peer;
        wire::SocketAddress remote;
    };
    struct ThroughServer {};  // the one that the profile names
    struct ToAddress {
        wire::SocketAddress remote;
        bool dial = false;
        std::optional<provisioning::PskCredential> dial_with{};  // nothing: by public keys
    };
    // Until then the device's own request has the precedence (`settle`), or all ways were tried.
    struct Pause {
        wire::TimePoint until;
        bool settling = false;
    };
    using Way = std::variant<OverAssociation, ThroughServer, ToAddress, Pause>;
    // The next way to try; an association that is newer than the one tried before is a way again.
    Way next_way(const AssociationIndex& associations, const DirectorySettings& settings,
                 wire::TimePoint now);
    // It counts as tried from now on.
    void tried(const Way& way);
    // The server was asked, or could not be: the device has `attach_retry` to show up, and then its
    // address is tried where it has one, else the server is asked again. One that could not be
    // asked leaves the address, and is waited for where there is none.
    void asked(bool well, const DirectorySettings& settings, wire::TimePoint now);
    // The device refused the credential that it was dialled with. True: there is another one, which
    // is a way at once. False also where the last way was none of that kind.
    bool dial_refused();
    // The last way came to nothing before the device was heard.
    void not_heard();

    // No other address of the device is known.
    bool may_be_at(const wire::IpAddress& address) const {
        return !address_ || *address_ == address;
    }
    const provisioning::Assignment& assignment() const { return assignment_; }
    // The gateway that told it last; may be empty.
    const std::string& origin() const { return origin_; }
    void set_origin(const std::string& origin) { origin_ = origin; }
    // The device's record, profile and keys as they are now.
    void set_assignment(const provisioning::Assignment& assignment,
                        const std::vector<provisioning::PskCredential>& to_dial);
    wire::TimePoint window_ends() const { return window_ends_; }

  private:
    std::optional<wire::SocketAddress> target(std::uint16_t default_port) const;
    std::optional<ToAddress> address_left(const DirectorySettings& settings) const;
    void open_every_way();

    provisioning::Assignment assignment_;
    DialCredentials dials_;
    std::optional<wire::IpAddress> address_;
    std::optional<std::uint16_t> port_;
    std::string origin_;
    wire::TimePoint window_ends_;
    std::optional<PeerRef> tried_association_;
    bool tried_server_ = false;
    bool tried_unsecured_ = false;
    bool tried_dial_ = false;
    bool dialled_last_ = false;
    wire::Duration pause_{};
    std::optional<wire::TimePoint> paused_until_;
    bool goes_on_ = false;  // after the pause with the ways that are left
};

}  // namespace bootstrap
