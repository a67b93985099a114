// condition  = "*" / [ entity-tag *( OWS "," OWS entity-tag ) ]
// entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE                  RFC 9110 §8.8.3

#include "server/http/conditions.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

#include "server/http/problem.h"

namespace http {
namespace {

struct Condition {
    bool any = false;  // "*"
    struct Tag {
        bool weak = false;
        std::optional<store::Revision> revision;  // nothing: a tag that is none of ours
    };
    std::vector<Tag> tags;
};

std::string_view trimmed(std::string_view text) {
    const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

std::optional<store::Revision> revision_of(std::string_view opaque) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(opaque.data(), opaque.data() + opaque.size(), number);
    if (error != std::errc{} || end != opaque.data() + opaque.size()) return std::nullopt;
    if (opaque.size() > 1 && opaque.front() == '0') return std::nullopt;
    return store::Revision{number};
}

bool is_etag_octet(char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet == 0x21 || (octet >= 0x23 && octet != 0x7F);
}

std::optional<Condition> parse(std::string_view text) {
    Condition condition;
    text = trimmed(text);
    if (text == "*") {
        condition.any = true;
        return condition;
    }
    while (true) {
        // A recipient accepts empty elements, §5.6.1.2.
        while (text.starts_with(',')) text = trimmed(text.substr(1));
        if (text.empty()) break;
        Condition::Tag tag;
        tag.weak = text.starts_with("W/");
        if (tag.weak) text.remove_prefix(2);
        if (!text.starts_with('"')) return std::nullopt;
        const auto end = text.find('"', 1);
        if (end == std::string_view::npos) return std::nullopt;
        const std::string_view opaque = text.substr(1, end - 1);
        if (!std::ranges::all_of(opaque, is_etag_octet)) return std::nullopt;
        tag.revision = revision_of(opaque);
        condition.tags.push_back(tag);
        text = trimmed(text.substr(end + 1));
        if (!text.empty() && !text.starts_with(',')) return std::nullopt;
    }
    if (condition.tags.empty()) return std::nullopt;
    return condition;
}

}  // namespace

std::string etag_of(store::Revision revision) {
    return '"' + std::to_string(static_cast<std::uint64_t>(revision)) + '"';
}

std::variant<store::Precondition, Response> precondition_of(const Request& request) {
    store::Precondition precondition;
    if (request.if_none_match) {
        const auto condition = parse(*request.if_none_match);
        if (!condition || !condition->any)
            return problem(400, "If-None-Match of a change is \"*\": only when there is none yet");
        precondition.must_be_new = true;
    }
    if (!request.if_match) return precondition;
    const auto condition = parse(*request.if_match);
    if (!condition) return problem(400, "If-Match is \"*\" or a list of entity tags as in \"17\"");
    if (condition->any) {
        precondition.must_exist = true;
        return precondition;
    }
    // The strong comparison, §8.8.3.2: a weak tag is never the same.
    precondition.is_one_of.emplace();
    for (const Condition::Tag& tag : condition->tags)
        if (!tag.weak && tag.revision) precondition.is_one_of->push_back(*tag.revision);
    return precondition;
}

bool is_known(const Request& request, store::Revision revision) {
    const auto condition =
        request.if_none_match ? parse(*request.if_none_match) : std::optional<Condition>();
    if (!condition) return false;
    return condition->any || std::ranges::any_of(condition->tags, [&](const Condition::Tag& tag) {
               return tag.revision == revision;
           });
}

Response not_modified(store::Revision revision) {
    return {304, "", "", {{"ETag", etag_of(revision)}, {"Cache-Control", "no-store"}}};
}

}  // namespace http
