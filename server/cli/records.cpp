#include "server/cli/records.h"

#include <nlohmann/json.hpp>

#include "server/cli/answers.h"
#include "server/cli/input.h"
#include "server/cli/listing.h"
#include "server/explain/text_table.h"

namespace cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr unsigned created = 201;
constexpr unsigned precondition_failed = 412;

std::string device_target(const std::string& endpoint) {
    return "/v1/devices/" + percent_encode(endpoint);
}

std::string profile_target(const std::string& name) {
    return "/v1/profiles/" + percent_encode(name);
}

// "credentials.psk.identity": a line for each value that is no object.
void add_rows(explain::TextTable& table, const std::string& prefix, const Json& object) {
    for (const auto& [name, value] : object.items()) {
        const std::string path = prefix + explain::printable(name);
        if (value.is_object())
            add_rows(table, path + ".", value);
        else if (!value.is_null())
            table.row({path, cell(value)});
    }
}

ExitCode remove(const Place& place, const std::string& target, const std::string& name,
                Console& console) {
    const auto asked = ask_for(place, {"DELETE", target}, console.err);
    if (const auto* no = std::get_if<ExitCode>(&asked)) return *no;
    console.out << "removed " << explain::printable(name) << '\n';
    return ExitCode::well;
}

ExitCode put(const PutRecords& wanted, const nlohmann::json& record, Console& console) {
    const bool is_device = wanted.kind == PutRecords::Kind::device;
    const char* const key = is_device ? "endpoint" : "name";
    if (!record.contains(key) || !record[key].is_string() ||
        record[key].get_ref<const std::string&>().empty()) {
        console.err << wanted.file.string() << ": /" << key << ": is missing\n";
        return ExitCode::usage;
    }
    const std::string name = record[key].get<std::string>();
    ApiRequest request{"PUT", is_device ? device_target(name) : profile_target(name),
                       "application/json",
                       record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
    if (!wanted.replace) request.fields.emplace_back("If-None-Match", "*");
    auto asked = ask(wanted.place, request);
    if (const auto* no = std::get_if<Unreachable>(&asked)) return tell(*no, console.err);
    const auto& answer = std::get<ApiAnswer>(asked);
    if (answer.status >= 200 && answer.status <= 299) {
        console.out << (answer.status == created ? "added " : "replaced ")
                    << explain::printable(name) << '\n';
        return ExitCode::well;
    }
    console.err << explain::printable(name) << ": ";
    if (answer.status == precondition_failed && !wanted.replace) {
        console.err << "is there already; --replace replaces it\n";
        return ExitCode::no;
    }
    return tell_refusal(answer, console.err);
}

}  // namespace

ExitCode put_records(const PutRecords& wanted, Console& console) {
    const auto records = read_objects(wanted.file, console);
    if (!records) return ExitCode::usage;
    ExitCode worst = ExitCode::well;
    for (const nlohmann::json& record : *records) {
        const ExitCode code = put(wanted, record, console);
        if (code == ExitCode::unreachable) return code;
        if (worst == ExitCode::well) worst = code;
    }
    return worst;
}

ExitCode show_device(const OneRecord& device, Console& console) {
    const auto asked = ask_for_json(device.place, {"GET", device_target(device.name)}, console.err);
    if (const auto* no = std::get_if<ExitCode>(&asked)) return *no;
    if (device.json) {
        print(std::get<Json>(asked), console.out);
        return ExitCode::well;
    }
    explain::TextTable table("");
    add_rows(table, "", std::get<Json>(asked));
    console.out << table.text();
    return ExitCode::well;
}

ExitCode remove_device(const OneRecord& device, Console& console) {
    return remove(device.place, device_target(device.name), device.name, console);
}

// As people write it, it is JSON.
ExitCode show_profile(const OneRecord& profile, Console& console) {
    const auto asked =
        ask_for_json(profile.place, {"GET", profile_target(profile.name)}, console.err);
    if (const auto* no = std::get_if<ExitCode>(&asked)) return *no;
    print(std::get<Json>(asked), console.out);
    return ExitCode::well;
}

ExitCode remove_profile(const OneRecord& profile, Console& console) {
    return remove(profile.place, profile_target(profile.name), profile.name, console);
}

ExitCode list_devices(const Devices& devices, Console& console) {
    Listing listing;
    listing.place = devices.place;
    listing.path = "/v1/devices";
    listing.list = "devices";
    listing.queries = {{"prefix", devices.prefix}, {"profile", devices.profile}};
    listing.columns = {{"ENDPOINT", "/endpoint"},
                       {"PROFILE", "/profile"},
                       {"DISABLED", "/disabled"},
                       {"UPDATED", "/updated"},
                       {"FILE", "/file"}};
    listing.limit = devices.limit;
    listing.json = devices.json;
    return show(listing, console);
}

ExitCode list_profiles(const Place& place, bool json, Console& console) {
    Listing listing;
    listing.place = place;
    listing.path = "/v1/profiles";
    listing.list = "profiles";
    listing.columns = {{"NAME", "/name"},
                       {"ENABLER", "/enabler"},
                       {"OPERATIONS", "/operations"},
                       {"FORMAT", "/contentFormatName"},
                       {"FILE", "/file"}};
    listing.is_paged = false;
    listing.json = json;
    return show(listing, console);
}

}  // namespace cli
