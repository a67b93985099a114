#include "server/cli/answers.h"

#include <nlohmann/json.hpp>

#include "server/explain/text_table.h"

namespace cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t longest_detail = 4096;

std::string line_of(const Json& problem) {
    std::string line;
    for (const char* part : {"file", "pointer", "detail"}) {
        const std::string text = explain::text_at(problem, part);
        if (!text.empty()) (line += line.empty() ? "" : ": ") += text;
    }
    return explain::printable(line, longest_detail);
}

}  // namespace

ExitCode tell_refusal(const ApiAnswer& answer, std::ostream& err) {
    err << explain::printable(detail_of(answer), longest_detail) << '\n';
    const auto body = Json::parse(answer.body, nullptr, false);
    if (body.is_object() && body.contains("problems") && body["problems"].is_array())
        for (const Json& problem : body["problems"]) err << line_of(problem) << '\n';
    return ExitCode::no;
}

ExitCode tell(const Unreachable& no, std::ostream& err) {
    err << no.reason << '\n';
    return ExitCode::unreachable;
}

ExitCode tell_nonsense(std::ostream& err) {
    err << "what the daemon answered makes no sense; is it of another version?\n";
    return ExitCode::no;
}

std::variant<ApiAnswer, ExitCode> ask_for(const Place& place, const ApiRequest& request,
                                          std::ostream& err, const ApiFlow& flow) {
    auto asked = ask(place, request, flow);
    if (const auto* no = std::get_if<Unreachable>(&asked)) return tell(*no, err);
    auto& answer = std::get<ApiAnswer>(asked);
    if (answer.status < 200 || answer.status > 299) return tell_refusal(answer, err);
    return std::move(answer);
}

std::variant<Json, ExitCode> ask_for_json(const Place& place, const ApiRequest& request,
                                          std::ostream& err) {
    const auto asked = ask_for(place, request, err);
    if (const auto* no = std::get_if<ExitCode>(&asked)) return *no;
    auto body = Json::parse(std::get<ApiAnswer>(asked).body, nullptr, false);
    if (!body.is_object()) return tell_nonsense(err);
    return body;
}

void print(const Json& value, std::ostream& out) {
    out << value.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

std::string cell(const Json& value) {
    if (value.is_null()) return "-";
    if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
    if (value.is_string()) return explain::printable(value.get_ref<const std::string&>());
    return explain::printable(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string cell_at(const Json& object, const std::string& pointer) {
    const Json* at = &object;
    for (std::size_t begin = 1; begin <= pointer.size();) {
        const std::size_t end = std::min(pointer.find('/', begin), pointer.size());
        if (!at->is_object()) return "";
        const auto found = at->find(pointer.substr(begin, end - begin));
        if (found == at->end()) return "";
        at = &*found;
        begin = end + 1;
    }
    return cell(*at);
}

}  // namespace cli
