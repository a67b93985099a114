#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "server/http/backend.h"
#include "server/http/exchange.h"
#include "server/http/target.h"

namespace http {

// What the routes share.
struct ApiState {
    Backend& backend;
    // Callers and Idempotency-Keys whose first request has not been answered. As many as there are
    // connections at most.
    std::set<std::pair<std::string, std::string>> under_way;
};

// One request on its way through a route. Kept by the callbacks that the route waits for, and used
// on the control thread alone.
struct Call {
    Request request;
    Target target;
    std::vector<std::string> arguments;  // what stands for the {…} of the route's path
    std::shared_ptr<ApiState> state;
    Reply reply;

    Backend& backend() const { return state->backend; }
    store::Store& store() const { return state->backend.store(); }
    store::AuditEntry audit(std::string action, std::string subject, std::string detail = {}) const;
};
using CallPointer = std::shared_ptr<Call>;

// ---- answers ----

Response json_answer(unsigned status, const nlohmann::ordered_json& body);
// The text is JSON already.
Response json_text(unsigned status, std::string body);
Response plain_answer(std::string text);
Response no_content();
// What the store says when it cannot.
Response failed(const store::Error&);
// A change that was not made; `what`: "device", "profile".
Response refused(const store::Twin&, const Caller&);
Response refused(const store::OwnedByFile&, std::string_view what);
Response refused(const store::PreconditionFailed&);
Response refused(const store::NothingToKeep&);
Response stored(const store::Stored&, std::string location);
Response answer_of(const store::PutResult&, const Call&, std::string_view what,
                   std::string location);
Response answer_of(const store::RemoveResult&, std::string_view what);

std::string_view to_string(store::KeyKind);

// "application/json", with parameters or without.
bool is_json(std::string_view content_type);

// ---- waiting ----

// A callback for the store: `with` runs on the control thread, what went wrong is answered there.
// It moves what it holds along, so that nothing of the connection is let go on the store's thread.
template <class T, class With>
store::Then<T> on_control(CallPointer call, With with) {
    return [call = std::move(call), with = std::move(with)](store::Result<T> result) mutable {
        Backend& backend = call->backend();
        backend.post(
            [call = std::move(call), with = std::move(with), result = std::move(result)]() mutable {
                if (!result) return call->reply(failed(result.error()));
                if constexpr (std::is_void_v<T>)
                    with();
                else
                    with(std::move(*result));
            });
    };
}

// Writes the entry, and answers once it is written, or could not be: what it tells of has happened.
void audit_and_answer(const CallPointer&, store::AuditEntry, Response);

// A page of a list: {name: items, "next": cursor or null}, with a Link to the next one.
Response page_answer(const Call&, std::string_view list, nlohmann::ordered_json items,
                     const std::optional<std::string>& next);

}  // namespace http
