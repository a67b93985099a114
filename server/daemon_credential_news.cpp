#include "server/daemon_credential_news.h"

#include <array>
#include <chrono>
#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include "provisioning/octets.h"
#include "server/http/times.h"
#include "server/journal/messages.h"

namespace bootstrapd {
namespace {

namespace asio = boost::asio;
namespace message = journal::message;
using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

void CredentialNews::pending(const std::string& endpoint, wire::BytesView identity,
                             const std::string& session) {
    const std::string text = provisioning::identity_text(identity);
    parts_.journal.write(message::credential_pending,
                         {{"endpoint", endpoint}, {"identity", text}, {"session", session}});
    tell("credential.pending", endpoint, text, session);
}

void CredentialNews::promoted(const std::string& endpoint, wire::BytesView identity) {
    const std::string text = provisioning::identity_text(identity);
    parts_.journal.write(message::credential_promoted,
                         {{"endpoint", endpoint}, {"identity", text}});
    tell("credential.promoted", endpoint, text, "");
}

void CredentialNews::returned(const std::string& endpoint, wire::BytesView identity) {
    const std::string text = provisioning::identity_text(identity);
    parts_.journal.write(message::credential_returned,
                         {{"endpoint", endpoint}, {"identity", text}});
    tell("credential.returned", endpoint, text, "");
}

void CredentialNews::rotation_ordered(const std::string& endpoint) {
    parts_.journal.write(message::rotation_ordered, {{"endpoint", endpoint}});
    tell("credential.rotationOrdered", endpoint, "", "");
}

void CredentialNews::tell(std::string_view kind, const std::string& endpoint,
                          const std::string& identity, const std::string& session) {
    Json data;
    data["kind"] = kind;
    data["endpoint"] = endpoint;
    if (!identity.empty()) data["identity"] = identity;
    if (!session.empty()) data["session"] = session;
    parts_.events.publish("credential", endpoint, text_of(data));

    const auto hooks = parts_.wanting(kind);
    if (hooks.empty()) return;
    std::array<std::uint8_t, 16> octets{};
    parts_.random.fill(octets);
    Json told;
    told["id"] = std::string(kind) + ":" + wire::to_hex(octets);
    told["type"] = kind;
    told["time"] = http::to_rfc3339(std::chrono::system_clock::now());
    told["data"] = std::move(data);
    std::vector<store::OutboxItem> items;
    for (const std::string& hook : hooks)
        items.push_back({hook, endpoint, std::string(kind), text_of(told)});
    parts_.store.tell(std::move(items), [this, alive = std::weak_ptr(alive_),
                                         &context = parts_.context](store::Result<void> kept) {
        asio::post(context, [this, alive, kept = std::move(kept)] {
            if (alive.expired()) return;
            if (kept)
                parts_.kept();
            else
                parts_.journal.write(message::store_failed, {{"what", "a webhook's message"},
                                                             {"cause", kept.error().text}});
        });
    });
}

}  // namespace bootstrapd
