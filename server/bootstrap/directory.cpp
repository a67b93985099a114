#include "server/bootstrap/directory.h"

#include <utility>

#include "server/bootstrap/directory_impl.h"

namespace bootstrap {

std::string_view to_string(SessionState state) {
    switch (state) {
        case SessionState::waiting:
            return "waiting";
        case SessionState::reaching:
            return "reaching";
        case SessionState::running:
            return "running";
        case SessionState::ended:
            return "ended";
    }
    return "ended";
}

Directory::Directory(const DirectorySettings& settings, wire::Random& random, Owner owner)
    : impl_(std::make_unique<Impl>(settings, random, std::move(owner))) {}
Directory::~Directory() = default;

AttachResult Directory::attach(const Attachment& attachment, wire::TimePoint now, Wall wall,
                               Output& out) {
    return impl_->attach(attachment, {now, wall, out});
}

void Directory::restore(Restored&& restored, wire::TimePoint now, Wall wall, Output& out) {
    const Impl::Turn turn{now, wall, out};
    impl_->restore(std::move(restored), turn);
    impl_->serve(turn);
}

std::optional<SessionId> Directory::withdraw(const std::string& endpoint,
                                             const std::optional<wire::IpAddress>& address,
                                             std::string reason, wire::TimePoint now, Wall wall,
                                             Output& out) {
    const Impl::Turn turn{now, wall, out};
    auto session = impl_->withdraw(endpoint, address, std::move(reason), turn);
    impl_->serve(turn);
    return session;
}

void Directory::refresh(const provisioning::Assignment& assignment,
                        const std::vector<provisioning::PskCredential>& to_dial) {
    impl_->refresh(assignment, to_dial);
}

void Directory::withdraw_from(const std::string& origin, std::string reason, wire::TimePoint now,
                              Wall wall, Output& out) {
    const Impl::Turn turn{now, wall, out};
    impl_->withdraw_from(origin, std::move(reason), turn);
    impl_->serve(turn);
}

void Directory::asked(const SessionId& id, std::optional<std::string> failure, wire::TimePoint now,
                      Wall wall, Output& out) {
    const Impl::Turn turn{now, wall, out};
    impl_->asked(id, failure, turn);
    impl_->serve(turn);
}

void Directory::notice(Notice notice, wire::TimePoint now, Wall wall, Output& out) {
    const Impl::Turn turn{now, wall, out};
    std::visit([&](auto&& what) { impl_->on(std::forward<decltype(what)>(what), turn); },
               std::move(notice));
    impl_->serve(turn);
}

void Directory::on_timer(wire::TimePoint now, Wall wall, Output& out) {
    const Impl::Turn turn{now, wall, out};
    impl_->on_timer(turn);
    impl_->serve(turn);
}

std::optional<wire::TimePoint> Directory::next_deadline() const {
    return impl_->next_deadline();
}

bool Directory::cancel(const SessionId& id, wire::TimePoint now, Wall wall, Output& out) {
    const Impl::Turn turn{now, wall, out};
    const bool found = impl_->cancel(id, turn);
    impl_->serve(turn);
    return found;
}

void Directory::drain(wire::TimePoint now, Wall wall, Output& out) {
    impl_->drain({now, wall, out});
}

void Directory::interrupt(wire::TimePoint now, Wall wall, Output& out) {
    impl_->interrupt({now, wall, out});
}

void Directory::reconfigure(const DirectorySettings& settings) {
    impl_->reconfigure(settings);
}

std::optional<SessionRecord> Directory::find(const SessionId& id) const {
    return impl_->find(id);
}

void Directory::forget(const SessionId& id) {
    impl_->forget(id);
}

std::vector<SessionRecord> Directory::live(const std::optional<std::string>& endpoint,
                                           std::size_t limit) const {
    return impl_->live(endpoint, limit);
}

Directory::Gauges Directory::gauges() const {
    return impl_->gauges();
}

}  // namespace bootstrap
