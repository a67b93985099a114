#include "server/bootstrap/pending_requests.h"

#include <utility>

namespace bootstrap {

bool PendingRequests::add(coap::IncomingId id, BootstrapRequest request, wire::TimePoint now) {
    const bool same = !empty() && request == request_;
    if (empty()) {
        since_ = now;
        acknowledged_ = 0;
    }
    entries_.push_back({id, request.is_pack});
    if (!same) request_ = std::move(request);
    return !same;
}

std::optional<coap::IncomingId> PendingRequests::take_unacknowledged() {
    if (!has_unacknowledged()) return std::nullopt;
    return entries_[acknowledged_++].id;
}

PendingRequests::Taken PendingRequests::take() {
    acknowledged_ = 0;
    return {std::exchange(entries_, {}), std::exchange(request_, {})};
}

coap::Code code_for_older(const PendingRequests::Entry& older, bool newest_is_pack,
                          coap::Code code) {
    const bool same_kind = older.is_pack == newest_is_pack;
    if (same_kind && !(older.is_pack && coap::is_success(code))) return code;
    return older.is_pack ? coap::Code::not_implemented : coap::Code::bad_request;
}

}  // namespace bootstrap
