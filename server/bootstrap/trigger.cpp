#include "server/bootstrap/trigger.h"

#include <algorithm>
#include <utility>

namespace bootstrap {
namespace {

using provisioning::Device;
using ReachMode = provisioning::Reach::Mode;

constexpr std::uint16_t coap_port = 5683;   // RFC 7252 §6.1
constexpr std::uint16_t coaps_port = 5684;  // RFC 7252 §6.2
// A device that is away for long is asked for at most this much less often than at first.
constexpr int longest_pause = 16;

bool may_associate(const Device& device, const DirectorySettings& settings) {
    const ReachMode mode = device.reach.mode;
    return has_secured(device.credentials) && settings.serves_secured &&
           (mode == ReachMode::automatic || mode == ReachMode::association);
}

bool may_reach_unsecured(const Device& device, const DirectorySettings& settings) {
    const ReachMode mode = device.reach.mode;
    return device.credentials.nosec && settings.serves_unsecured &&
           (mode == ReachMode::automatic || mode == ReachMode::unsecured);
}

bool may_dial(const Device& device, const DirectorySettings& settings) {
    const ReachMode mode = device.reach.mode;
    return has_secured(device.credentials) && settings.serves_secured &&
           (mode == ReachMode::automatic || mode == ReachMode::dial);
}

bool may_go_through_server(const provisioning::Assignment& assignment) {
    const ReachMode mode = assignment.device->reach.mode;
    return assignment.profile->through &&
           (mode == ReachMode::automatic || mode == ReachMode::server);
}

bool may_ask(const Device& device, const DirectorySettings& settings) {
    return (has_secured(device.credentials) && settings.serves_secured) ||
           (device.credentials.nosec && settings.serves_unsecured);
}

}  // namespace

Trigger::Trigger(const Attachment& attachment, const DirectorySettings& settings,
                 wire::TimePoint window_ends)
    : assignment_(attachment.assignment),
      dials_(assignment_.device->credentials, attachment.to_dial),
      address_(attachment.address),
      port_(attachment.port),
      origin_(attachment.origin),
      window_ends_(window_ends),
      pause_(settings.attach_retry) {}

std::optional<std::string> Trigger::unreachable(const Attachment& attachment,
                                                const DirectorySettings& settings) {
    const Device& device = *attachment.assignment.device;
    const ReachMode mode = device.reach.mode;
    if (!attachment.assignment.profile) return "there is no profile \"" + device.profile + "\"";
    if (!may_ask(device, settings))
        return "its credentials fit none of the daemon's listeners (settings: listen)";
    if (mode == ReachMode::server && !attachment.assignment.profile->through)
        return "reach.mode is server, but the profile " + attachment.assignment.profile->name +
               " names no LwM2M Server (reach.lwm2mServer)";
    const bool by_address = mode == ReachMode::unsecured || mode == ReachMode::dial;
    if (!by_address) return std::nullopt;
    if (mode == ReachMode::unsecured && !may_reach_unsecured(device, settings))
        return "reach.mode is unsecured, but the device has no \"nosec\" credential or the daemon "
               "no listen.coap";
    if (mode == ReachMode::dial && !may_dial(device, settings))
        return "reach.mode is dial, but the device has neither PSK nor public key, or the daemon "
               "no listen.coaps";
    if (!attachment.address && !device.reach.address)
        return "neither the event nor the device's record has an address to reach it at";
    return std::nullopt;
}

bool Trigger::redirect(const Attachment& attachment) {
    const bool same = (!attachment.address || attachment.address == address_) &&
                      (!attachment.port || attachment.port == port_);
    if (same) return false;
    if (attachment.address) address_ = attachment.address;
    if (attachment.port) port_ = attachment.port;
    open_every_way();
    paused_until_.reset();
    return true;
}

void Trigger::open_every_way() {
    tried_server_ = tried_unsecured_ = tried_dial_ = goes_on_ = false;
    tried_association_.reset();
}

std::optional<wire::SocketAddress> Trigger::target(std::uint16_t default_port) const {
    const provisioning::Reach& reach = assignment_.device->reach;
    const std::optional<wire::IpAddress> ip = address_ ? address_ : reach.address;
    if (!ip) return std::nullopt;
    const std::optional<std::uint16_t> port = port_ ? port_ : reach.port;
    return wire::SocketAddress{*ip, port.value_or(default_port)};
}

// Unsecured before dialled: it costs less to find out that nobody answers.
std::optional<Trigger::ToAddress> Trigger::address_left(const DirectorySettings& settings) const {
    const Device& device = *assignment_.device;
    if (!tried_unsecured_ && may_reach_unsecured(device, settings))
        if (const auto remote = target(coap_port)) return ToAddress{*remote, false, {}};
    if (!tried_dial_ && !dials_.empty() && may_dial(device, settings))
        if (const auto remote = target(coaps_port)) return ToAddress{*remote, true, dials_.next()};
    return std::nullopt;
}

Trigger::Way Trigger::next_way(const AssociationIndex& associations,
                               const DirectorySettings& settings, wire::TimePoint now) {
    const Device& device = *assignment_.device;
    if (paused_until_ && *paused_until_ <= now) {
        paused_until_.reset();
        if (!std::exchange(goes_on_, false)) open_every_way();
    }
    if (may_associate(device, settings)) {
        const auto* association = associations.newest(device.endpoint.text());
        if (association && association->peer != tried_association_) {
            const wire::TimePoint settled = association->opened + settings.settle;
            if (now < settled) return Pause{settled, true};
            return OverAssociation{association->peer, association->remote};
        }
    }
    if (paused_until_) return Pause{*paused_until_, false};
    if (!tried_server_ && may_go_through_server(assignment_)) return ThroughServer{};
    if (const auto to = address_left(settings)) return *to;
    paused_until_ = now + pause_;
    pause_ = std::min(2 * pause_, longest_pause * settings.attach_retry);
    return Pause{*paused_until_, false};
}

void Trigger::tried(const Way& way) {
    if (const auto* open = std::get_if<OverAssociation>(&way)) tried_association_ = open->peer;
    if (std::holds_alternative<ThroughServer>(way)) tried_server_ = true;
    const auto* to = std::get_if<ToAddress>(&way);
    if (to != nullptr) (to->dial ? tried_dial_ : tried_unsecured_) = true;
    dialled_last_ = to != nullptr && to->dial;
}

bool Trigger::dial_refused() {
    if (!std::exchange(dialled_last_, false) || !dials_.refused()) return false;
    tried_dial_ = false;
    return true;
}

void Trigger::not_heard() {
    if (std::exchange(dialled_last_, false)) dials_.unheard();
}

void Trigger::set_assignment(const provisioning::Assignment& assignment,
                             const std::vector<provisioning::PskCredential>& to_dial) {
    assignment_ = assignment;
    dials_ = DialCredentials(assignment.device->credentials, to_dial);
}

void Trigger::asked(bool well, const DirectorySettings& settings, wire::TimePoint now) {
    tried_server_ = true;
    const bool has_address = address_left(settings).has_value();
    if (!well && has_address) return;
    paused_until_ = now + settings.attach_retry;
    goes_on_ = has_address;
}

}  // namespace bootstrap
