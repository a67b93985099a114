#include <chrono>

#include <nlohmann/json.hpp>

#include "provisioning/profile_redaction.h"
#include "server/explain/plan.h"
#include "server/http/conditions.h"
#include "server/http/problem.h"
#include "server/http/query.h"
#include "server/http/routes.h"

namespace http {
namespace {

using Json = nlohmann::ordered_json;
using Entry = provisioning::ProfileSet::Entry;

bool is_of_file(const Entry& entry) {
    return !entry.profile->file.empty();
}

document::Problems missing_secrets(const std::vector<std::string>& pointers) {
    document::Problems problems;
    for (const std::string& pointer : pointers)
        problems.push_back(
            {"body", pointer, "is null, but there is nothing to keep", "write the secret itself"});
    return problems;
}

// The profile that the body is, with what its nulls keep of the one that is in force.
std::optional<std::string> whole_text(const std::string& body, std::string_view name,
                                      const provisioning::ProfileSet& profiles,
                                      document::Problems& problems) {
    const Entry* const entry = profiles.find(name);
    const auto kept = provisioning::keep_profile_secrets(body, entry == nullptr ? "" : entry->text,
                                                         *profiles.definitions());
    if (!kept) return std::nullopt;
    const auto missing = missing_secrets(kept->missing);
    problems.insert(problems.end(), missing.begin(), missing.end());
    return kept->text;
}

std::optional<Response> refuse_type(const Request& request) {
    if (is_json(request.content_type)) return std::nullopt;
    return problem(415, "a profile is JSON; send Content-Type: application/json");
}

Json problems_json(const document::Problems& problems) {
    Json list = Json::array();
    for (const document::Problem& one : problems) {
        Json entry;
        entry["pointer"] = one.pointer;
        entry["detail"] = one.remedy.empty() ? one.message : one.message + "; " + one.remedy;
        list.push_back(std::move(entry));
    }
    return list;
}

Response answer_of(const Backend::PutProfileResult& result, const Call& call) {
    if (const auto* problems = std::get_if<document::Problems>(&result))
        return problem(422, "the profile cannot be as it is written", *problems);
    if (const auto* error = std::get_if<store::Error>(&result)) return failed(*error);
    return answer_of(std::get<store::PutResult>(result), call, "profile",
                     "/v1/profiles/" + percent_encode(call.arguments[0]));
}

}  // namespace

void list_profiles(const CallPointer& call) {
    const Query query(call->target, {});
    if (query.refusal()) return call->reply(*query.refusal());
    Json list = Json::array();
    for (const auto& [name, entry] : call->backend().profiles()->all())
        list.push_back(explain::summary_of(*entry.profile));
    Json body;
    body["profiles"] = std::move(list);
    call->reply(json_answer(200, body));
}

void get_profile(const CallPointer& call) {
    const Query query(call->target, {});
    if (query.refusal()) return call->reply(*query.refusal());
    const auto profiles = call->backend().profiles();
    const Entry* const entry = profiles->find(call->arguments[0]);
    if (entry == nullptr) return call->reply(problem(404, "no such profile"));
    const store::Revision revision{entry->revision};
    const bool has_tag = !is_of_file(*entry);
    if (has_tag && is_known(call->request, revision)) return call->reply(not_modified(revision));
    auto text = provisioning::redacted_profile(entry->text, *profiles->definitions());
    if (!text) return call->reply(problem(500, "the profile's text is damaged"));
    Response response = json_text(200, std::move(*text) + '\n');
    if (has_tag) response.headers.emplace_back("ETag", etag_of(revision));
    call->reply(std::move(response));
}

void put_profile(const CallPointer& call) {
    const Query query(call->target, {});
    if (query.refusal()) return call->reply(*query.refusal());
    if (auto no = refuse_type(call->request)) return call->reply(std::move(*no));
    auto precondition = precondition_of(call->request);
    if (auto* no = std::get_if<Response>(&precondition)) return call->reply(std::move(*no));

    const std::string& name = call->arguments[0];
    const auto profiles = call->backend().profiles();
    if (const Entry* entry = profiles->find(name); entry != nullptr && is_of_file(*entry))
        return call->reply(refused(store::OwnedByFile{entry->profile->file}, "profile"));
    document::Problems problems;
    const auto body = document::parse(call->request.body, "body", problems);
    if (!body || !body->is_object())
        return call->reply(problem(400, "the body is not the JSON of a profile", problems));
    const auto written = body->find("name");
    if (written == body->end() || *written != name)
        problems.push_back({"body", "/name", "is not the name in the path", "write the same"});
    auto text = whole_text(call->request.body, name, *profiles, problems);
    if (!text || !problems.empty())
        return call->reply(problem(422, "the profile cannot be as it is written", problems));
    call->backend().put_profile(
        name, std::move(*text), std::get<store::Precondition>(precondition),
        call->audit("profile.put", name),
        [call](const Backend::PutProfileResult& result) { call->reply(answer_of(result, *call)); });
}

void delete_profile(const CallPointer& call) {
    const Query query(call->target, {});
    if (query.refusal()) return call->reply(*query.refusal());
    auto precondition = precondition_of(call->request);
    if (auto* no = std::get_if<Response>(&precondition)) return call->reply(std::move(*no));
    const std::string& name = call->arguments[0];
    const auto profiles = call->backend().profiles();
    if (const Entry* entry = profiles->find(name); entry != nullptr && is_of_file(*entry))
        return call->reply(refused(store::OwnedByFile{entry->profile->file}, "profile"));
    call->backend().remove_profile(
        name, std::get<store::Precondition>(precondition), call->audit("profile.delete", name),
        [call](const Backend::RemoveProfileResult& result) {
            if (const auto* error = std::get_if<store::Error>(&result))
                return call->reply(failed(*error));
            call->reply(http::answer_of(std::get<store::RemoveResult>(result), "profile"));
        });
}

void check_profile(const CallPointer& call) {
    const Query query(call->target, {});
    if (query.refusal()) return call->reply(*query.refusal());
    if (auto no = refuse_type(call->request)) return call->reply(std::move(*no));
    document::Problems problems;
    const auto sent = document::parse(call->request.body, "body", problems);
    if (!sent || !sent->is_object())
        return call->reply(problem(400, "the body is not the JSON of a profile", problems));
    const auto profiles = call->backend().profiles();
    const auto name = sent->find("name");
    const bool has_name = name != sent->end() && name->is_string();
    const auto text = whole_text(call->request.body,
                                 has_name ? name->get_ref<const std::string&>() : std::string(),
                                 *profiles, problems);
    // Where nothing can be kept, nothing more can be said of these places.
    if (text && problems.empty()) {
        const auto body = document::parse(*text, "body", problems);
        if (body)
            provisioning::parse_profile(
                document::Node(*body, "body", "", problems), "", *profiles->definitions(),
                std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
    }
    Json answer;
    answer["problems"] = problems_json(problems);
    call->reply(json_answer(200, answer));
}

void show_plan(const CallPointer& call) {
    Query query(call->target, {"endpoint", "account", "contentFormat"});
    explain::PlanQuestion question;
    question.profile = call->arguments[0];
    question.endpoint = query.text("endpoint").value_or("");
    if (const auto account = query.text("account")) {
        question.assumed.account = explain::account_from(*account);
        if (!question.assumed.account)
            query.refuse(400,
                         "account is the path of the Bootstrap-Server's Security instance "
                         "(\"/0/1\"), others after a comma (\"/0/1,/21/0\")");
    }
    if (const auto format = query.text("contentFormat")) {
        question.assumed.content_format = explain::session_format_from(*format);
        if (!question.assumed.content_format)
            query.refuse(400,
                         "contentFormat is the name or number of a format that holds "
                         "instances; there are " +
                             explain::session_format_names());
    }
    if (question.endpoint.empty())
        query.refuse(400, "query parameter \"endpoint\" is missing: which device's plan?");
    if (query.refusal()) return call->reply(*query.refusal());
    call->backend().plan(std::move(question), [call](const Backend::PlanResult& result) {
        if (const auto* error = std::get_if<store::Error>(&result))
            return call->reply(failed(*error));
        const auto& answer = std::get<explain::PlanAnswer>(result);
        if (const auto* plan = std::get_if<explain::ShownPlan>(&answer))
            return call->reply(json_text(200, plan->json + '\n'));
        if (const auto* unknown = std::get_if<explain::Unknown>(&answer))
            return call->reply(problem(404, unknown->reason));
        call->reply(problem(422, std::get<explain::Impossible>(answer).reason));
    });
}

}  // namespace http
