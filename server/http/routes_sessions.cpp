#include <algorithm>
#include <limits>

#include <nlohmann/json.hpp>

#include "server/http/cursor.h"
#include "server/http/problem.h"
#include "server/http/query.h"
#include "server/http/routes.h"
#include "server/http/session_json.h"
#include "server/http/times.h"

// The cursor of the list of sessions, which is the live ones and then the store's:
//
//   cursor = "live " milliseconds " " id    after this live session
//          / "kept "                        from the first of the store's
//          / "kept " cursor-of-the-store

namespace http {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view after_live = "live ";
constexpr std::string_view after_kept = "kept ";

std::optional<std::string> outcome_of(std::string_view name) {
    for (const bootstrap::Outcome outcome : bootstrap::all_outcomes)
        if (to_string(outcome) == name) return std::string(name);
    return std::nullopt;
}

std::string outcome_names() {
    std::string names;
    for (const bootstrap::Outcome outcome : bootstrap::all_outcomes)
        (names += names.empty() ? "" : ", ") += to_string(outcome);
    return names;
}

std::string text_of(const bootstrap::SessionRecord& record) {
    return to_json(record).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string live_cursor(const bootstrap::SessionRecord& record) {
    const auto started = std::chrono::floor<std::chrono::milliseconds>(record.started);
    return std::string(after_live) + std::to_string(started.time_since_epoch().count()) + " " +
           record.id;
}

// Whether it comes behind the live session that the cursor names, in the order newest first.
bool is_behind(const bootstrap::SessionRecord& record, std::string_view cursor) {
    const std::string its = live_cursor(record);
    const auto number = [](std::string_view text) { return text.substr(0, text.find(' ')); };
    const std::string_view one = number(std::string_view(its).substr(after_live.size()));
    const std::string_view other = number(cursor.substr(after_live.size()));
    if (one != other) return one.size() != other.size() ? one.size() < other.size() : one < other;
    return std::string_view(its).substr(after_live.size() + one.size()) <
           cursor.substr(after_live.size() + other.size());
}

// One page while it comes together; the bodies of past sessions are JSON texts already.
struct Page {
    CallPointer call;
    store::SessionFilter filter;
    std::string sessions;
    std::size_t count = 0;

    void add(const std::string& text) {
        if (count++ > 0) sessions += ',';
        sessions += text;
    }
    void answer(const std::optional<std::string>& next) const {
        const std::string shown = next ? show_cursor("sessions", *next) : "";
        Response response = json_text(200, "{\"sessions\":[" + sessions + "],\"next\":" +
                                               (next ? '"' + shown + '"' : "null") + "}\n");
        if (next) response.headers.emplace_back("Link", link_to_next(call->target, shown));
        call->reply(std::move(response));
    }
};

void add_kept(const std::shared_ptr<Page>& page, std::optional<std::string> after) {
    store::SessionFilter filter = page->filter;
    filter.page = {std::move(after), page->filter.page.limit - page->count};
    page->call->store().list_sessions(
        std::move(filter),
        on_control<store::PageOf<store::SessionRow>>(page->call, [page](const auto& kept) {
            for (const store::SessionRow& row : kept.items) page->add(row.body);
            page->answer(kept.next ? std::optional(std::string(after_kept) + *kept.next)
                                   : std::nullopt);
        }));
}

// False: the page is full, and has been answered.
bool add_live(const std::shared_ptr<Page>& page, const std::optional<std::string>& after) {
    // Only the first page knows how many it needs: behind a cursor some have to be passed over.
    const std::size_t limit = page->filter.page.limit;
    auto live = page->call->backend().live_sessions(
        page->filter.endpoint, after ? std::numeric_limits<std::size_t>::max() : limit + 1);
    std::ranges::sort(live, [](const auto& one, const auto& other) {
        return is_behind(other, live_cursor(one));
    });
    std::string last;
    for (const bootstrap::SessionRecord& record : live) {
        if (after && !is_behind(record, *after)) continue;
        if (page->count == limit) {
            page->answer(last);
            return false;
        }
        page->add(text_of(record));
        last = live_cursor(record);
    }
    if (page->count < limit) return true;
    page->answer(std::string(after_kept));
    return false;
}

}  // namespace

void list_sessions(const CallPointer& call) {
    Query query(call->target, {"endpoint", "outcome", "since", "before", "limit", "after"});
    auto page = std::make_shared<Page>();
    page->call = call;
    page->filter.endpoint = query.text("endpoint");
    if (const auto name = query.text("outcome")) {
        page->filter.outcome = outcome_of(*name);
        if (!page->filter.outcome)
            query.refuse(400, "no such outcome; there are " + outcome_names());
    }
    page->filter.ended_since = query.time("since");
    page->filter.ended_before = query.time("before");
    page->filter.page = query.page("sessions");
    if (query.refusal()) return call->reply(*query.refusal());

    auto after = page->filter.page.after;
    if (after && after->starts_with(after_kept)) {
        after->erase(0, after_kept.size());
        return add_kept(page, after->empty() ? std::nullopt : after);
    }
    // A live session has no outcome, and will have ended after any time of the past.
    const bool has_live = !page->filter.outcome && !page->filter.ended_before;
    if (has_live && !add_live(page, after)) return;
    add_kept(page, std::nullopt);
}

void get_session(const CallPointer& call) {
    const Query query(call->target, {});
    if (query.refusal()) return call->reply(*query.refusal());
    const std::string& id = call->arguments[0];
    if (const auto live = call->backend().live_session(id))
        return call->reply(json_text(200, text_of(*live) + '\n'));
    call->store().session(
        id, on_control<std::optional<store::SessionRow>>(call, [call](const auto& row) {
            if (row) return call->reply(json_text(200, row->body + '\n'));
            call->reply(problem(404, "no such session"));
        }));
}

void cancel_session(const CallPointer& call) {
    const Query query(call->target, {});
    if (query.refusal()) return call->reply(*query.refusal());
    const std::string& id = call->arguments[0];
    switch (call->backend().cancel(id)) {
        case Backend::CancelResult::cancelled:
            return audit_and_answer(call, call->audit("session.cancel", id), no_content());
        case Backend::CancelResult::already_ended:
            return call->reply(problem(409, "the session has ended already"));
        case Backend::CancelResult::unknown:
            break;
    }
    call->store().session(
        id, on_control<std::optional<store::SessionRow>>(call, [call](const auto& row) {
            call->reply(row ? problem(409, "the session has ended already")
                            : problem(404, "no such session"));
        }));
}

}  // namespace http
