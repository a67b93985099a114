#include "server/daemon_backend.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "server/daemon_metrics.h"

namespace bootstrapd {
namespace {

namespace asio = boost::asio;

}  // namespace

std::vector<std::string> changed_settings(const config::Settings& from,
                                          const config::Settings& to) {
    using Json = nlohmann::json;
    const auto before = Json::parse(config::print_settings(from), nullptr, false).flatten();
    const auto after = Json::parse(config::print_settings(to), nullptr, false).flatten();
    std::vector<std::string> changed;
    for (const auto& [pointer, value] : after.items())
        if (!before.contains(pointer) || before[pointer] != value) changed.push_back(pointer);
    for (const auto& [pointer, value] : before.items())
        if (!after.contains(pointer)) changed.push_back(pointer);
    return changed;
}

void Backend::post(std::function<void()> what) {
    asio::post(parts_.context, std::move(what));
}

std::shared_ptr<const attach::Mapping> Backend::mapping(std::string_view source) {
    if (const auto found = mappings_.find(source); found != mappings_.end()) return found->second;
    return attach::preset(source);
}

// ---- sessions ----

std::optional<bootstrap::SessionRecord> Backend::live_session(const bootstrap::SessionId& id) {
    return parts_.sessions.directory().find(id);
}

std::vector<bootstrap::SessionRecord> Backend::live_sessions(
    const std::optional<std::string>& endpoint, std::size_t limit) {
    return parts_.sessions.directory().live(endpoint, limit);
}

http::Backend::CancelResult Backend::cancel(const bootstrap::SessionId& id) {
    if (parts_.sessions.cancel(id)) return CancelResult::cancelled;
    return parts_.sessions.directory().find(id) ? CancelResult::already_ended
                                                : CancelResult::unknown;
}

// ---- profiles ----

std::shared_ptr<const provisioning::ProfileSet> Backend::profiles() {
    return parts_.profiles.get();
}

void Backend::put_profile(std::string name, std::string text, store::Precondition precondition,
                          store::AuditEntry audit, Reply<PutProfileResult> reply) {
    auto then = [this, name, reply = std::move(reply)](PutProfileResult result) {
        const auto* const put = std::get_if<store::PutResult>(&result);
        const auto profiles = parts_.profiles.get();
        const auto* const entry = profiles->find(name);
        if (put != nullptr && std::holds_alternative<store::Stored>(*put) && entry != nullptr)
            parts_.warn(*entry->profile);
        reply(std::move(result));
    };
    parts_.profiles.put(std::move(name), std::move(text), parts_.settings, std::move(precondition),
                        std::move(audit), std::move(then));
}

void Backend::remove_profile(std::string name, store::Precondition precondition,
                             store::AuditEntry audit, Reply<RemoveProfileResult> reply) {
    parts_.profiles.remove(std::move(name), std::move(precondition), std::move(audit),
                           std::move(reply));
}

void Backend::plan(explain::PlanQuestion question, Reply<PlanResult> reply) {
    const auto profiles = parts_.profiles.get();
    const auto* const entry = profiles->find(question.profile);
    if (entry == nullptr) {
        reply(explain::PlanAnswer(explain::Unknown{"no profile \"" + question.profile + "\""}));
        return;
    }
    store::DeviceKey key{store::KeyKind::endpoint, question.endpoint};
    parts_.store.find_device(
        std::move(key),
        [this, profile = entry->profile, question = std::move(question),
         reply = std::move(reply)](store::Result<store::DevicePointer> found) mutable {
            // Moved on, as everywhere here, so that the reply ends on the control thread.
            post([this, profile = std::move(profile), question = std::move(question),
                  reply = std::move(reply), found = std::move(found)] {
                if (!found) {
                    reply(found.error());
                } else if (!*found) {
                    reply(explain::PlanAnswer(
                        explain::Unknown{"no device with endpoint \"" + question.endpoint + "\""}));
                } else {
                    reply(explain::answer(*profile, (*found)->device, question.assumed,
                                          parts_.random));
                }
            });
        });
}

// ---- the whole ----

std::size_t Backend::backlog() {
    return parts_.sessions.directory().gauges().backlog;
}

void Backend::count(std::function<void(const Status&)> then) {
    auto status = parts_.status();
    parts_.store.count_devices([this, status = std::move(status), then = std::move(then)](
                                   store::Result<store::Store::DeviceCounts> counted) mutable {
        if (counted) {
            status.devices = counted->all;
            status.disabled_devices = counted->disabled;
        }
        post([status = std::move(status), then = std::move(then)] { then(status); });
    });
}

void Backend::status(Reply<std::string> reply) {
    count([reply = std::move(reply)](const Status& status) { reply(to_text(status)); });
}

void Backend::metrics(Reply<std::string> reply) {
    count([this, reply = std::move(reply)](const Status& status) {
        reply(metrics_page(status, parts_.tally));
    });
}

}  // namespace bootstrapd
