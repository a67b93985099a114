#include "server/http/connections.h"

#include <utility>

#include "server/http/conversation.h"
#include "server/journal/messages.h"

namespace http {
namespace {

// Connections over the Unix socket that find room where the others do not.
constexpr std::size_t kept_for_socket = 8;

}  // namespace

Connections::Connections(const Settings& settings, std::shared_ptr<const TlsContext> tls,
                         Router& router, journal::Journal& journal)
    : common_(std::make_shared<Common>(settings, std::move(tls), router, journal)) {}

Connections::~Connections() {
    common_->gone = true;
    common_->closing = true;
    for (Conversation* conversation : common_->open) conversation->forsake();
}

void Connections::add(Socket socket, Transport transport, std::string remote) {
    if (common_->closing) return;
    auto& open = common_->open;
    const std::size_t limit = common_->settings.max_connections;
    if (open.size() >= limit) {
        Conversation* longest = nullptr;
        for (Conversation* one : open)
            if (one->is_idle() && (longest == nullptr || one->since() < longest->since()))
                longest = one;
        if (!std::exchange(common_->told_full, true))
            common_->journal.write(
                journal::message::limit_reached,
                {{"limit", "http.maxConnections"}, {"value", std::to_string(limit)}});
        if (longest != nullptr) {
            ++common_->counters.made_room;
            longest->make_room();
        } else if (transport != Transport::local || open.size() >= limit + kept_for_socket) {
            ++common_->counters.turned_away;
            return;
        }
    } else if (open.size() < limit / 2) {
        common_->told_full = false;
    }
    ++common_->counters.connections;
    const auto executor = socket.get_executor();
    auto channel = transport == Transport::tcp && common_->tls
                       ? Channel::secured(std::move(socket), *common_->tls)
                       : Channel::clear(std::move(socket));
    Conversation::start(common_, std::move(channel), transport, std::move(remote), executor);
}

void Connections::set(std::shared_ptr<const TlsContext> tls,
                      AuthenticationSettings authentication) {
    common_->tls = std::move(tls);
    common_->authentication =
        std::make_shared<const AuthenticationSettings>(std::move(authentication));
}

void Connections::close() {
    common_->closing = true;
    for (Conversation* conversation : common_->open) conversation->finish();
}

Counters Connections::counters() const {
    Counters counters = common_->counters;
    counters.open = common_->open.size();
    return counters;
}

}  // namespace http
