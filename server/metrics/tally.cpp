#include "server/metrics/tally.h"

#include <algorithm>
#include <chrono>

#include "server/coap/types.h"

namespace metrics {
namespace {

double in_seconds(wire::Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

void Histogram::observe(double seconds) {
    ++count_;
    sum_ += seconds;
    const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), seconds);
    if (bucket != bounds_.end()) ++counts_[static_cast<std::size_t>(bucket - bounds_.begin())];
}

void Tally::ended(const bootstrap::SessionRecord& record) {
    const auto outcome = record.report.outcome.value_or(bootstrap::Outcome::interrupted);
    ++sessions_[index(record.mode)][static_cast<std::size_t>(outcome)];
    // A device that was never heard says nothing of how long a bootstrap takes.
    if (record.report.device_answered && record.ended) {
        const auto took = *record.ended - record.operations_started;
        session_duration_[index(record.mode)].observe(
            std::max(0.0, std::chrono::duration<double>(took).count()));
    }
    for (const bootstrap::OperationRecord& operation : record.report.operations) {
        ++operations_[operation.method][operation.code ? coap::to_string(*operation.code) : "none"];
        retransmissions_ += operation.retransmissions;
        if (operation.answered)
            operation_duration_.observe(in_seconds(*operation.answered - operation.sent));
    }
}

void Tally::stored(wire::Duration took) {
    store_latency_.observe(in_seconds(took));
}

std::uint64_t Tally::sessions(bootstrap::Mode mode, bootstrap::Outcome outcome) const {
    return sessions_[index(mode)][static_cast<std::size_t>(outcome)];
}

const Histogram& Tally::session_duration(bootstrap::Mode mode) const {
    return session_duration_[index(mode)];
}

}  // namespace metrics
