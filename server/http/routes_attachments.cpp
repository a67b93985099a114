#include <algorithm>
#include <memory>

#include <nlohmann/json.hpp>

#include "server/crypto/digest.h"
#include "server/http/problem.h"
#include "server/http/query.h"
#include "server/http/routes.h"

namespace http {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t longest_key = 255;

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

Response come_again(std::string why) {
    Response response = problem(503, std::move(why));
    response.headers.emplace_back("Retry-After", "10");
    return response;
}

// ---- one event in the canonical form ----

Response accepted(const bootstrap::AttachAccepted& what) {
    Json body;
    body["id"] = what.session;
    body["state"] = to_string(what.state);
    Response response = json_answer(202, body);
    response.headers.emplace_back("Location", "/v1/sessions/" + percent_encode(what.session));
    return response;
}

Response refused(const bootstrap::AttachRefused& what) {
    using Why = bootstrap::AttachRefused::Why;
    switch (what.why) {
        case Why::under_way:
            return problem(409, what.reason);
        case Why::unreachable:
            return problem(422, what.reason);
        case Why::full:
            break;
    }
    return come_again(what.reason);
}

Response withdrawn(const attach::Withdrawn& what) {
    Json body;
    body["id"] = what.session ? Json(*what.session) : Json();
    body["state"] = "withdrawn";
    return json_answer(200, body);
}

Response answer_of(const attach::Answer& answer) {
    return std::visit(
        Overloaded{
            [](const bootstrap::AttachAccepted& yes) { return accepted(yes); },
            [](const bootstrap::AttachRefused& no) { return refused(no); },
            [](const attach::UnknownDevice& unknown) { return problem(404, unknown.reason); },
            [](const attach::Contradiction& what) { return problem(422, what.reason); },
            [](const attach::Withdrawn& what) { return withdrawn(what); },
            [](const attach::Unavailable& what) { return come_again(what.reason); },
        },
        answer);
}

std::string subject_of(const attach::Answer& answer) {
    if (const auto* yes = std::get_if<bootstrap::AttachAccepted>(&answer)) return yes->session;
    const auto* withdrawn = std::get_if<attach::Withdrawn>(&answer);
    return withdrawn != nullptr ? withdrawn->session.value_or("") : "";
}

void take_event(const CallPointer& call, attach::Event event, Reply done) {
    call->backend().attachments().take(
        std::move(event), [call, done = std::move(done)](const attach::Answer& answer) {
            Response response = answer_of(answer);
            if (response.status >= 300) return done(std::move(response));
            auto entry = call->audit("attachment.post", subject_of(answer));
            // Moved on, so that the call ends on the control thread.
            call->store().audit(
                std::move(entry), [call = CallPointer(call), done = Reply(done),
                                   response = std::move(response)](store::Result<void>) mutable {
                    Backend& backend = call->backend();
                    backend.post(
                        [call = std::move(call), done = std::move(done),
                         response = std::move(response)]() mutable { done(std::move(response)); });
                });
        });
}

// ---- Idempotency-Key: draft-ietf-httpapi-idempotency-key-header ----

bool is_key(std::string_view text) {
    return !text.empty() && text.size() <= longest_key &&
           std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

std::string fingerprint_of(const Request& request) {
    const std::string all = request.method + '\0' + request.target + '\0' + request.body;
    return wire::to_hex(crypto::sha256(wire::as_bytes(all)));
}

std::string location_of(const Response& response) {
    for (const auto& [name, value] : response.headers)
        if (name == "Location") return value;
    return {};
}

Response kept_response(const store::KeptAnswer& kept) {
    Response response{kept.status, kept.content_type, kept.body, {{"Cache-Control", "no-store"}}};
    if (!kept.location.empty()) response.headers.emplace_back("Location", kept.location);
    return response;
}

Response answer_again(const store::KeptAnswer& kept, const std::string& fingerprint) {
    if (kept.fingerprint == fingerprint) return kept_response(kept);
    return problem(422, "this Idempotency-Key was used for another request");
}

// An error changed nothing, so that the same request may well be made again: it is not kept.
void keep(const CallPointer& call, const std::string& key, Response response) {
    if (response.status >= 300) return call->reply(std::move(response));
    const std::string fingerprint = fingerprint_of(call->request);
    store::KeptAnswer answer{fingerprint, response.status, response.content_type,
                             location_of(response), response.body};
    call->store().keep_answer(
        call->request.caller.name, key, std::move(answer),
        [call = CallPointer(call), fingerprint,
         response = std::move(response)](store::Result<store::KeptAnswer> kept) mutable {
            Backend& backend = call->backend();
            backend.post([call = std::move(call), fingerprint, response = std::move(response),
                          kept = std::move(kept)]() mutable {
                // What the event led to is kept by itself, even where its answer could not be.
                call->reply(kept ? answer_again(*kept, fingerprint) : std::move(response));
            });
        });
}

void take_once(const CallPointer& call, attach::Event event) {
    const std::string key = *call->request.idempotency_key;
    if (!is_key(key))
        return call->reply(problem(400, "Idempotency-Key is 1 to 255 printable characters"));
    const auto entry = std::pair(call->request.caller.name, key);
    if (!call->state->under_way.insert(entry).second)
        return call->reply(
            problem(409, "the first request with this Idempotency-Key is under way"));
    call->reply = [reply = std::move(call->reply), state = call->state, entry](Response response) {
        state->under_way.erase(entry);
        reply(std::move(response));
    };
    call->store().kept_answer(
        entry.first, key,
        on_control<std::optional<store::KeptAnswer>>(
            call, [call, key, event = std::move(event)](const auto& kept) {
                if (kept) return call->reply(answer_again(*kept, fingerprint_of(call->request)));
                take_event(call, event, [call, key](Response response) {
                    keep(call, key, std::move(response));
                });
            }));
}

// ---- bodies in a network's own words ----

// The events of one body, until all of them have their answers.
struct Batch {
    CallPointer call;
    std::shared_ptr<const attach::Mapping> mapping;
    std::vector<attach::Event> events;
    std::size_t passed_over = 0, spoilt = 0;
    std::vector<std::optional<attach::Answer>> answers;
    std::size_t left = 0;
};

struct Told {
    std::string state;
    std::optional<std::string> session;
    std::string detail;
    bool is_failure = false;
};

Told told_of(const attach::Answer& answer) {
    return std::visit(Overloaded{
                          [](const bootstrap::AttachAccepted& yes) {
                              return Told{"accepted", yes.session, "", false};
                          },
                          [](const bootstrap::AttachRefused& no) {
                              return Told{"refused", std::nullopt, no.reason, true};
                          },
                          // Its sender can do nothing about it, and would only send it again.
                          [](const attach::UnknownDevice& unknown) {
                              return Told{"unknown", std::nullopt, unknown.reason, false};
                          },
                          [](const attach::Contradiction& what) {
                              return Told{"contradiction", std::nullopt, what.reason, true};
                          },
                          [](const attach::Withdrawn& what) {
                              return Told{"withdrawn", what.session, "", false};
                          },
                          [](const attach::Unavailable& what) {
                              return Told{"unavailable", std::nullopt, what.reason, true};
                          },
                      },
                      answer);
}

std::optional<std::string> why_come_again(const attach::Answer& answer) {
    if (const auto* what = std::get_if<attach::Unavailable>(&answer)) return what->reason;
    const auto* no = std::get_if<bootstrap::AttachRefused>(&answer);
    if (no != nullptr && no->why == bootstrap::AttachRefused::Why::full) return no->reason;
    return std::nullopt;
}

void answer_batch(const Batch& batch) {
    Json results = Json::array();
    std::size_t good = 0;
    bool is_failure = false;
    for (std::size_t i = 0; i < batch.answers.size(); ++i) {
        const attach::Answer& answer = *batch.answers[i];
        // The sources know no answer for a part: all of it comes again, and what has been taken
        // is known by its id then.
        if (auto why = why_come_again(answer)) return batch.call->reply(come_again(*why));
        const Told told = told_of(answer);
        good += told.is_failure ? 0U : 1U;
        is_failure = is_failure || told.is_failure;
        Json entry;
        entry["event"] = batch.events[i].id ? Json(*batch.events[i].id) : Json();
        entry["state"] = told.state;
        entry["session"] = told.session ? Json(*told.session) : Json();
        if (!told.detail.empty()) entry["detail"] = told.detail;
        results.push_back(std::move(entry));
    }
    Json body;
    body["results"] = std::move(results);
    body["passedOver"] = batch.passed_over;
    body["spoilt"] = batch.spoilt;
    const unsigned success = batch.mapping->success_status();
    Response response = is_failure       ? json_answer(200, body)
                        : success == 204 ? no_content()
                                         : json_answer(success, body);
    if (batch.events.empty()) return batch.call->reply(std::move(response));
    Json detail;
    detail["events"] = batch.events.size();
    detail["taken"] = good;
    audit_and_answer(batch.call,
                     batch.call->audit("attachment.post", batch.call->arguments[0], detail.dump()),
                     std::move(response));
}

}  // namespace

void post_attachment(const CallPointer& call) {
    const Query query(call->target, {});
    if (query.refusal()) return call->reply(*query.refusal());
    if (!is_json(call->request.content_type))
        return call->reply(problem(415, "the event is JSON; send Content-Type: application/json"));
    document::Problems problems;
    const auto body = document::parse(call->request.body, "body", problems);
    if (!body) return call->reply(problem(400, "the body is not the JSON of an event", problems));
    auto event = attach::parse_event(document::Node(*body, "body", "", problems));
    if (!event || !problems.empty())
        return call->reply(problem(400, "the body is not a network-attach event", problems));
    if (event->source.empty()) event->source = "api";
    if (call->request.idempotency_key) return take_once(call, std::move(*event));
    take_event(call, std::move(*event), call->reply);
}

void post_source(const CallPointer& call) {
    const Query query(call->target, {});
    if (query.refusal()) return call->reply(*query.refusal());
    auto batch = std::make_shared<Batch>();
    batch->call = call;
    batch->mapping = call->backend().mapping(call->arguments[0]);
    if (!batch->mapping) return call->reply(problem(404, "no such source of attach events"));
    // application/cloudevents+json and the like: senders cannot be taught another one.
    const std::string& type = call->request.content_type;
    const std::string_view essence = std::string_view(type).substr(0, type.find(';'));
    if (!is_json(type) && essence.find("+json") == std::string_view::npos &&
        essence.find("-json") == std::string_view::npos)
        return call->reply(problem(415, "the events are JSON; send a Content-Type that says so"));
    document::Problems problems;
    const auto body = document::parse(call->request.body, "body", problems);
    if (!body) return call->reply(problem(400, "the body is no JSON", problems));
    auto mapped = batch->mapping->map(*body, problems);
    if (!mapped)
        return call->reply(problem(400, "the body is not what this source sends", problems));
    batch->events = std::move(mapped->events);
    batch->passed_over = mapped->passed_over;
    batch->spoilt = mapped->spoilt;
    batch->answers.resize(batch->events.size());
    batch->left = batch->events.size();
    if (batch->events.empty()) return answer_batch(*batch);
    // Copies go in: answers may come at once, and the last one's makes the result of all.
    for (std::size_t i = 0; i < batch->answers.size(); ++i) {
        attach::Event event = batch->events[i];
        if (event.source.empty()) event.source = call->arguments[0];
        call->backend().attachments().take(std::move(event), [batch, i](attach::Answer answer) {
            batch->answers[i] = std::move(answer);
            if (--batch->left == 0) answer_batch(*batch);
        });
    }
}

}  // namespace http
