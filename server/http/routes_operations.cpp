#include <algorithm>
#include <charconv>
#include <cstdint>

#include <nlohmann/json.hpp>

#include "server/http/event_stream.h"
#include "server/http/openapi.h"
#include "server/http/problem.h"
#include "server/http/query.h"
#include "server/http/routes.h"
#include "server/http/times.h"

namespace http {
namespace {

using Json = nlohmann::ordered_json;

// What is kept as a text of JSON; a text where it is none.
Json embedded(const std::string& text) {
    if (text.empty()) return Json();
    Json parsed = Json::parse(text, nullptr, false);
    return parsed.is_discarded() ? Json(text) : parsed;
}

Json to_json(const store::Stranger& stranger) {
    Json out;
    out["identifiers"] = embedded(stranger.identifiers);
    out["source"] = stranger.source;
    out["address"] = stranger.address.empty() ? Json() : Json(stranger.address);
    out["count"] = stranger.count;
    out["firstSeen"] = to_rfc3339(stranger.first_seen);
    out["lastSeen"] = to_rfc3339(stranger.last_seen);
    return out;
}

Json to_json(const store::Delivery& delivery) {
    Json out;
    out["sequence"] = delivery.sequence;
    out["hook"] = delivery.item.hook;
    out["endpoint"] = delivery.item.endpoint;
    out["kind"] = delivery.item.kind;
    out["body"] = embedded(delivery.item.body);
    out["attempts"] = delivery.attempts;
    out["created"] = to_rfc3339(delivery.created);
    out["due"] = to_rfc3339(delivery.due);
    out["lastError"] = delivery.last_error.empty() ? Json() : Json(delivery.last_error);
    return out;
}

Json to_json(const store::AuditRow& row) {
    Json out;
    out["sequence"] = row.sequence;
    out["when"] = to_rfc3339(row.when);
    out["actor"] = row.entry.actor;
    out["action"] = row.entry.action;
    out["subject"] = row.entry.subject;
    out["detail"] = embedded(row.entry.detail);
    return out;
}

template <class T>
store::Then<store::PageOf<T>> answer_page(const CallPointer& call, std::string list) {
    return on_control<store::PageOf<T>>(
        call, [call, list = std::move(list)](const store::PageOf<T>& page) {
            Json items = Json::array();
            for (const T& item : page.items) items.push_back(to_json(item));
            call->reply(page_answer(*call, list, std::move(items), page.next));
        });
}

// False: it was refused.
bool has_no_query(const CallPointer& call) {
    const Query query(call->target, {});
    if (query.refusal()) call->reply(*query.refusal());
    return !query.refusal();
}

}  // namespace

void list_strangers(const CallPointer& call) {
    Query query(call->target, {"limit", "after"});
    const store::Page page = query.page("strangers");
    if (query.refusal()) return call->reply(*query.refusal());
    call->store().list_strangers(page, answer_page<store::Stranger>(call, "strangers"));
}

void forget_strangers(const CallPointer& call) {
    if (!has_no_query(call)) return;
    call->store().forget_strangers(call->audit("strangers.forget", ""),
                                   on_control<std::uint64_t>(call, [call](std::uint64_t count) {
                                       Json body;
                                       body["forgotten"] = count;
                                       call->reply(json_answer(200, body));
                                   }));
}

void list_deliveries(const CallPointer& call) {
    Query query(call->target, {"hook", "endpoint", "limit", "after"});
    store::DeliveryFilter filter{query.text("hook"), query.text("endpoint"),
                                 query.page("deliveries")};
    if (query.refusal()) return call->reply(*query.refusal());
    call->store().list_deliveries(std::move(filter),
                                  answer_page<store::Delivery>(call, "deliveries"));
}

void drop_delivery(const CallPointer& call) {
    if (!has_no_query(call)) return;
    const std::string& text = call->arguments[0];
    std::uint64_t sequence = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), sequence);
    if (error != std::errc{} || end != text.data() + text.size() ||
        sequence > std::uint64_t{INT64_MAX})
        return call->reply(problem(404, "no such delivery"));
    call->store().drop_delivery(
        sequence, call->audit("delivery.drop", text),
        on_control<store::RemoveResult>(call, [call](const store::RemoveResult& result) {
            call->reply(answer_of(result, "delivery"));
        }));
}

void list_audit(const CallPointer& call) {
    Query query(call->target, {"actor", "action", "subject", "limit", "after"});
    store::AuditFilter filter{query.text("actor"), query.text("action"), query.text("subject"),
                              query.page("audit")};
    if (query.refusal()) return call->reply(*query.refusal());
    call->store().list_audit(std::move(filter), answer_page<store::AuditRow>(call, "audit"));
}

void stream_events(const CallPointer& call) {
    Query query(call->target, {"endpoint", "kinds"});
    EventFilter filter;
    filter.endpoint = query.text("endpoint");
    if (const auto kinds = query.filled("kinds")) {
        for (std::size_t begin = 0; begin <= kinds->size();) {
            const std::size_t end = std::min(kinds->find(',', begin), kinds->size());
            filter.kinds.push_back(kinds->substr(begin, end - begin));
            begin = end + 1;
        }
    }
    if (query.refusal()) return call->reply(*query.refusal());
    call->reply(
        event_stream(call->backend().events(), std::move(filter), call->request.last_event_id));
}

void get_status(const CallPointer& call) {
    if (!has_no_query(call)) return;
    call->backend().status(
        [call](std::string text) { call->reply(json_text(200, std::move(text) + '\n')); });
}

void reload(const CallPointer& call) {
    if (!has_no_query(call)) return;
    call->backend().reload([call](const Backend::ReloadResult& result) {
        if (const auto* problems = std::get_if<document::Problems>(&result))
            return call->reply(
                problem_of_files(422, "nothing was reloaded: all is as it was before", *problems));
        if (const auto* no = std::get_if<Backend::CannotReload>(&result))
            return call->reply(problem(503, no->reason));
        const auto& reloaded = std::get<Backend::Reloaded>(result);
        Json body;
        body["reloaded"] = true;
        body["changed"] = reloaded.settings;
        body["profiles"] = reloaded.profiles;
        body["devices"] = {{"written", reloaded.devices_written},
                           {"disabled", reloaded.devices_disabled}};
        audit_and_answer(call, call->audit("reload", ""), json_answer(200, body));
    });
}

void get_metrics(const CallPointer& call) {
    if (!has_no_query(call)) return;
    call->backend().metrics([call](std::string page) {
        Response response = plain_answer(std::move(page));
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        call->reply(std::move(response));
    });
}

void get_health(const CallPointer& call) {
    call->reply(plain_answer("alive\n"));
}

void get_readiness(const CallPointer& call) {
    if (const auto why = call->backend().not_ready()) return call->reply(problem(503, *why));
    std::string text = "ready\n";
    if (const std::size_t waiting = call->backend().backlog(); waiting > 0)
        text += "triggers waiting for their turn: " + std::to_string(waiting) + "\n";
    call->reply(plain_answer(std::move(text)));
}

void get_openapi(const CallPointer& call) {
    if (has_no_query(call)) call->reply(json_text(200, openapi_text()));
}

}  // namespace http
