#include "server/daemon_chronicle.h"

#include <chrono>

#include "server/journal/messages.h"

namespace bootstrapd {
namespace {

std::string yes_or_no(bool value) {
    return value ? "yes" : "no";
}

std::string name_of(bootstrap::Outcome outcome) {
    return std::string(bootstrap::to_string(outcome));
}

std::string elapsed(const bootstrap::SessionRecord& record) {
    if (!record.ended) return "";
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(*record.ended - record.started);
    return std::to_string(milliseconds.count()) + "ms";
}

}  // namespace

void Chronicle::started(const bootstrap::SessionRecord& record) {
    if (!journal_.wants(journal::message::session_started)) return;
    journal_.write(journal::message::session_started,
                   {{"session", record.id},
                    {"endpoint", record.endpoint},
                    {"profile", record.profile},
                    {"mode", std::string(to_string(record.mode))},
                    {"remote", record.remote},
                    {"secured", yes_or_no(record.secured)},
                    {"triggered", yes_or_no(record.triggered)}});
}

void Chronicle::ended(const bootstrap::SessionRecord& record) {
    const bootstrap::Outcome outcome =
        record.report.outcome.value_or(bootstrap::Outcome::interrupted);
    ++counts_[static_cast<std::size_t>(outcome)];
    if (outcome == bootstrap::Outcome::not_admitted) {
        // The shards tell of it too, with its code: request_refused.
        if (journal_.wants(journal::message::session_not_admitted))
            journal_.write(journal::message::session_not_admitted, {{"session", record.id},
                                                                    {"endpoint", record.endpoint},
                                                                    {"cause", record.report.cause},
                                                                    {"remote", record.remote}});
        return;
    }
    if (!journal_.wants(journal::message::session_ended)) return;
    journal_.write(journal::message::session_ended,
                   {{"session", record.id},
                    {"endpoint", record.endpoint},
                    {"outcome", name_of(outcome)},
                    {"cause", record.report.cause},
                    {"mode", std::string(to_string(record.mode))},
                    {"remote", record.remote},
                    {"operations", std::to_string(record.report.operations.size())},
                    {"took", elapsed(record)}});
}

std::uint64_t Chronicle::count(bootstrap::Outcome outcome) const {
    return counts_[static_cast<std::size_t>(outcome)];
}

}  // namespace bootstrapd
