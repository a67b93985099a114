#include "server/http/call.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "server/http/conditions.h"
#include "server/http/cursor.h"
#include "server/http/problem.h"
#include "server/http/query.h"

namespace http {
namespace {

using Json = nlohmann::ordered_json;

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace

store::AuditEntry Call::audit(std::string action, std::string subject, std::string detail) const {
    return {request.caller.name, std::move(action), std::move(subject), std::move(detail)};
}

Response json_answer(unsigned status, const Json& body) {
    // What devices and callers wrote may be no UTF-8.
    return json_text(status, body.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n');
}

Response json_text(unsigned status, std::string body) {
    return {status, "application/json", std::move(body), {{"Cache-Control", "no-store"}}};
}

Response plain_answer(std::string text) {
    return {200, "text/plain; charset=utf-8", std::move(text), {{"Cache-Control", "no-store"}}};
}

Response no_content() {
    return {204, "", "", {{"Cache-Control", "no-store"}}};
}

Response failed(const store::Error& error) {
    switch (error.code) {
        case store::Errc::busy:
        case store::Errc::closed:
        case store::Errc::disk_full: {
            Response response = problem(503, error.text);
            response.headers.emplace_back("Retry-After", "10");
            return response;
        }
        case store::Errc::failed:
            break;
    }
    return problem(500, error.text);
}

std::string_view to_string(store::KeyKind kind) {
    switch (kind) {
        case store::KeyKind::endpoint:
            return "endpoint";
        case store::KeyKind::psk_identity:
            return "PSK identity";
        case store::KeyKind::imsi:
            return "imsi";
        case store::KeyKind::imei:
            return "imei";
        case store::KeyKind::iccid:
            return "iccid";
        case store::KeyKind::msisdn:
            return "msisdn";
        case store::KeyKind::external_id:
            return "externalId";
        case store::KeyKind::certificate:
            return "certificate";
        case store::KeyKind::public_key:
            return "public key";
    }
    return "key";
}

namespace {

std::string_view pointer_of(store::KeyKind kind) {
    switch (kind) {
        case store::KeyKind::endpoint:
            return "/endpoint";
        case store::KeyKind::psk_identity:
            return "/credentials/psk/identity";
        case store::KeyKind::imsi:
            return "/identifiers/imsi";
        case store::KeyKind::imei:
            return "/identifiers/imei";
        case store::KeyKind::iccid:
            return "/identifiers/iccid";
        case store::KeyKind::msisdn:
            return "/identifiers/msisdn";
        case store::KeyKind::external_id:
            return "/identifiers/externalId";
        case store::KeyKind::certificate:
            return "/credentials/x509";
        case store::KeyKind::public_key:
            return "/credentials";
    }
    return "";
}

}  // namespace

Response refused(const store::Twin& twin, const Caller& caller) {
    const std::string whose =
        caller.may(Role::read) ? "the device \"" + twin.endpoint + "\"" : "another device";
    return problem(409, "the " + std::string(to_string(twin.kind)) + " is that of " + whose,
                   {{"body", std::string(pointer_of(twin.kind)), "is that of " + whose + " already",
                     "correct it here or there"}});
}

Response refused(const store::OwnedByFile& owner, std::string_view what) {
    return problem(409, "the " + std::string(what) + " is declared by " + owner.file +
                            " and is changed there");
}

Response refused(const store::PreconditionFailed& failure) {
    Response response =
        problem(412, failure.current ? "there is another one by now: " + etag_of(*failure.current)
                                     : "there is none");
    if (failure.current) response.headers.emplace_back("ETag", etag_of(*failure.current));
    return response;
}

Response refused(const store::NothingToKeep& what) {
    return problem(422, "there is no stored secret to keep",
                   {{"body", what.pointer, "is null, but there is nothing to keep",
                     "write the secret itself"}});
}

Response stored(const store::Stored& what, std::string location) {
    Response response = no_content();
    response.headers.emplace_back("ETag", etag_of(what.revision));
    if (!what.created) return response;
    response.status = 201;
    response.headers.emplace_back("Location", std::move(location));
    return response;
}

Response answer_of(const store::PutResult& result, const Call& call, std::string_view what,
                   std::string location) {
    return std::visit(
        Overloaded{
            [&](const store::Stored& done) { return stored(done, std::move(location)); },
            [&](const store::Twin& twin) { return refused(twin, call.request.caller); },
            [&](const store::OwnedByFile& owner) { return refused(owner, what); },
            [&](const store::PreconditionFailed& failure) { return refused(failure); },
            [&](const store::NothingToKeep& nothing) { return refused(nothing); },
        },
        result);
}

Response answer_of(const store::RemoveResult& result, std::string_view what) {
    return std::visit(
        Overloaded{
            [&](store::Removed) { return no_content(); },
            [&](store::NotThere) { return problem(404, "no such " + std::string(what)); },
            [&](const store::OwnedByFile& owner) { return refused(owner, what); },
            [&](const store::PreconditionFailed& failure) { return refused(failure); },
            [&](const store::InUse& use) {
                return problem(409,
                               std::to_string(use.devices) +
                                   (use.devices == 1 ? " device has the " : " devices have the ") +
                                   std::string(what));
            },
        },
        result);
}

bool is_json(std::string_view content_type) {
    std::string type(content_type.substr(0, content_type.find(';')));
    while (type.ends_with(' ') || type.ends_with('\t')) type.pop_back();
    std::ranges::transform(type, type.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return type == "application/json";
}

void audit_and_answer(const CallPointer& call, store::AuditEntry entry, Response response) {
    call->store().audit(
        // Moved on, so that the call ends on the control thread.
        std::move(entry),
        [call = CallPointer(call), response = std::move(response)](store::Result<void>) mutable {
            Backend& backend = call->backend();
            backend.post([call = std::move(call), response = std::move(response)]() mutable {
                call->reply(std::move(response));
            });
        });
}

Response page_answer(const Call& call, std::string_view list, Json items,
                     const std::optional<std::string>& next) {
    Json body;
    body[std::string(list)] = std::move(items);
    const std::string shown = next ? show_cursor(list, *next) : "";
    body["next"] = next ? Json(shown) : Json();
    Response response = json_answer(200, body);
    if (next) response.headers.emplace_back("Link", link_to_next(call.target, shown));
    return response;
}

}  // namespace http
