#include "server/cli/profile_plan.h"

#include <chrono>

#include <nlohmann/json.hpp>

#include "config/settings.h"
#include "provisioning/catalog.h"
#include "server/cli/answers.h"
#include "server/cli/system_random.h"
#include "server/explain/text_table.h"

namespace cli {
namespace {

using Json = nlohmann::ordered_json;

// "/v1/profiles/meter/plan?endpoint=…"
std::string target_of(const explain::PlanQuestion& question) {
    std::string target = "/v1/profiles/" + percent_encode(question.profile) +
                         "/plan?endpoint=" + percent_encode(question.endpoint);
    if (question.assumed.account) {
        std::string paths;
        for (const model::Path& path : *question.assumed.account)
            (paths += paths.empty() ? "" : ",") += path.to_string();
        target += "&account=" + percent_encode(paths);
    }
    if (question.assumed.content_format)
        target += "&contentFormat=" +
                  std::to_string(static_cast<std::uint16_t>(*question.assumed.content_format));
    return target;
}

ExitCode tell(const ProfilePlan& plan, std::string_view json, std::ostream& out,
              std::ostream& err) {
    if (plan.json) {
        const auto parsed = Json::parse(json, nullptr, false);
        if (!parsed.is_discarded()) {
            out << parsed.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
            return ExitCode::well;
        }
    } else if (const auto text = explain::plan_text(json)) {
        out << *text;
        return ExitCode::well;
    }
    err << "what the daemon answered is no plan; is it of another version?\n";
    return ExitCode::no;
}

ExitCode ask_daemon(const ProfilePlan& plan, std::ostream& out, std::ostream& err) {
    const auto asked = ask_for(plan.place, {"GET", target_of(plan.question)}, err);
    if (const auto* no = std::get_if<ExitCode>(&asked)) return *no;
    return tell(plan, std::get<ApiAnswer>(asked).body, out, err);
}

ExitCode read_files(const ProfilePlan& plan, std::ostream& out, std::ostream& err) {
    document::Problems problems;
    const auto settings = config::load_settings(plan.config, problems);
    const auto catalog =
        settings ? provisioning::load_catalog(
                       {settings->provisioning.profiles, settings->provisioning.devices,
                        settings->provisioning.objects,
                        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())},
                       problems)
                 : nullptr;
    for (const document::Problem& problem : problems) err << document::to_string(problem) << '\n';
    if (!catalog) return ExitCode::no;

    SystemRandom random;
    const auto answer = explain::answer(plan.question, *catalog, random);
    if (const auto* shown = std::get_if<explain::ShownPlan>(&answer))
        return tell(plan, shown->json, out, err);
    if (const auto* unknown = std::get_if<explain::Unknown>(&answer))
        err << explain::printable(unknown->reason, 4096) << '\n';
    else
        err << explain::printable(std::get<explain::Impossible>(answer).reason, 4096) << '\n';
    return ExitCode::no;
}

}  // namespace

ExitCode show_plan(const ProfilePlan& plan, std::ostream& out, std::ostream& err) {
    return plan.config.empty() ? ask_daemon(plan, out, err) : read_files(plan, out, err);
}

}  // namespace cli
