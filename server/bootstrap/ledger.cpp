#include "server/bootstrap/ledger.h"

#include <utility>

namespace bootstrap {
namespace {

bool matches(const SessionRecord& record, const Directory::Filter& filter) {
    if (filter.endpoint && record.endpoint != *filter.endpoint) return false;
    return !filter.outcome || record.report.outcome == filter.outcome;
}

}  // namespace

Ledger::Ledger(std::size_t max_records, std::size_t max_not_admitted)
    : max_records_(max_records), max_not_admitted_(max_not_admitted) {}

void Ledger::add(SessionRecord record) {
    const bool refused = record.report.outcome == Outcome::not_admitted;
    Order& order = refused ? refused_ : sessions_;
    order.emplace(next_++, record.id);
    SessionId id = record.id;
    by_id_.insert_or_assign(std::move(id), std::move(record));
    trim(order, refused ? max_not_admitted_ : max_records_);
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
    return found == by_id_.end() ? nullptr : &found->second;
}

void Ledger::list(const Directory::Filter& filter, std::vector<SessionRecord>& found) const {
    auto session = sessions_.rbegin();
    auto refusal = refused_.rbegin();
    while (found.size() < filter.limit &&
           (session != sessions_.rend() || refusal != refused_.rend())) {
        const bool take_session = refusal == refused_.rend() ||
                                  (session != sessions_.rend() && session->first > refusal->first);
        const SessionId& id = take_session ? (session++)->second : (refusal++)->second;
        const SessionRecord& record = by_id_.at(id);
        if (matches(record, filter)) found.push_back(record);
    }
}

}  // namespace bootstrap
