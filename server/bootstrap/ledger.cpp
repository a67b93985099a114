#include "server/bootstrap/ledger.h"

#include <utility>

namespace bootstrap {
namespace {

bool is_refused(const SessionRecord& record) {
    return record.report.outcome == Outcome::not_admitted;
}

}  // namespace

Ledger::Ledger(std::size_t max_records, std::size_t max_not_admitted)
    : max_records_(max_records), max_not_admitted_(max_not_admitted) {}

void Ledger::add(SessionRecord record) {
    const bool refused = is_refused(record);
    Order& order = refused ? refused_ : sessions_;
    forget(record.id);
    SessionId id = record.id;
    order.emplace(next_, id);
    by_id_.emplace(std::move(id), Entry{next_, std::move(record)});
    ++next_;
    trim(order, refused ? max_not_admitted_ : max_records_);
}

void Ledger::forget(const SessionId& id) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return;
    (is_refused(found->second.record) ? refused_ : sessions_).erase(found->second.number);
    by_id_.erase(found);
}

void Ledger::resize(std::size_t max_records, std::size_t max_not_admitted) {
    max_records_ = max_records;
    max_not_admitted_ = max_not_admitted;
    trim(sessions_, max_records_);
    trim(refused_, max_not_admitted_);
}

void Ledger::trim(Order& order, std::size_t limit) {
    while (order.size() > limit) {
        by_id_.erase(order.begin()->second);
        order.erase(order.begin());
    }
}

const SessionRecord* Ledger::find(const SessionId& id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &found->second.record;
}

}  // namespace bootstrap
