// Any JSON as the body of every preset, and as a written mapping and the body of that.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "server/attach/fields.h"
#include "server/attach/forms.h"
#include "server/attach/mapping.h"
#include "server/wire/bytes.h"

namespace {

using namespace attach;

bool is_well(const Event& event) {
    if (!names_a_device(event) || event.source.empty()) return false;
    if (event.imsi && !is_imsi(*event.imsi)) return false;
    if (event.imei && !is_imei(*event.imei)) return false;
    if (event.iccid && !is_iccid(*event.iccid)) return false;
    if (event.msisdn && !is_msisdn(*event.msisdn)) return false;
    if (event.time && !is_date_time(*event.time)) return false;
    if (event.address && !is_of_a_device(*event.address)) return false;
    return event.port != 0;
}

void map(const Mapping& mapping, const nlohmann::json& body) {
    document::Problems problems;
    const auto mapped = mapping.map(body, problems);
    if (mapped.has_value() != problems.empty()) std::abort();
    for (const auto& problem : problems)
        if (document::to_string(problem).find('\n') != std::string::npos) std::abort();
    if (!mapped) return;
    for (const auto& event : mapped->events)
        if (!is_well(event)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    document::Problems problems;
    const auto json = document::parse(wire::as_text({data, size}), "body", problems);
    if (!json) return 0;
    for (const auto name : preset_names()) map(*preset(name), *json);
    // {"mapping": …, "body": …}
    if (!json->is_object() || !json->contains("mapping") || !json->contains("body")) return 0;
    const document::Node node(json->at("mapping"), "settings", "", problems);
    const auto written = parse_mapping(node, "own");
    if ((written == nullptr) == problems.empty()) std::abort();
    if (written) map(*written, json->at("body"));
    return 0;
}
