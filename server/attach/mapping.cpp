#include "server/attach/mapping.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include <nlohmann/json.hpp>

#include "server/attach/monitoring_events.h"
#include "server/attach/pointer_mapping.h"

namespace attach {
namespace {

using document::Node;

constexpr std::array<std::string_view, 4> names = {"3gpp", "camara", "emnify", "kore"};

struct FieldAt {
    Field field;
    std::string_view pointer;
};

std::vector<PointerMapping::Source> sources(std::initializer_list<FieldAt> fields) {
    std::vector<PointerMapping::Source> made;
    for (const auto& [field, pointer] : fields)
        if (auto parsed = JsonPointer::from(pointer)) made.push_back({field, std::move(*parsed)});
    return made;
}

Conditions type_ends_with(std::vector<std::string> ends) {
    return {{*JsonPointer::from("/type"), std::move(ends), true}};
}

// CloudEvents of GSMA Open Gateway; the version stands in the middle of the type. Whatever says
// that the device is on a network, at home or abroad, is an attach; the life of the subscription
// itself (subscription-started and the like) is of no concern.
PointerMapping::Settings camara() {
    return {"camara",
            std::nullopt,
            type_ends_with({".reachability-data", ".reachability-sms", ".roaming-on",
                            ".roaming-off", ".roaming-status", ".roaming-change-country"}),
            type_ends_with({".reachability-disconnected"}),
            sources({{Field::id, "/id"},
                     {Field::time, "/time"},
                     {Field::kind, "/type"},
                     {Field::msisdn, "/data/device/phoneNumber"},
                     {Field::external_id, "/data/device/networkAccessIdentifier"},
                     {Field::address, "/data/device/ipv4Address/publicAddress"},
                     {Field::address, "/data/device/ipv6Address"},
                     {Field::port, "/data/device/ipv4Address/publicPort"}}),
            204};
}

// emnify and 1NCE: 3 is "Create PDP Context", 5 "Delete PDP Context".
PointerMapping::Settings emnify() {
    const auto type = *JsonPointer::from("/event_type/id");
    return {"emnify",
            std::nullopt,
            Conditions{{type, {"3"}, false}},
            Conditions{{type, {"5"}, false}},
            sources({{Field::id, "/id"},
                     {Field::time, "/timestamp"},
                     {Field::kind, "/event_type/description"},
                     {Field::imsi, "/imsi/imsi"},
                     {Field::iccid, "/sim/iccid"},
                     {Field::msisdn, "/sim/msisdn"},
                     {Field::imei, "/endpoint/imei"},
                     {Field::imei, "/detail/pdp_context/imeisv"},
                     {Field::address, "/detail/pdp_context/ue_ip_address"},
                     {Field::address, "/endpoint/ip_address"},
                     {Field::apn, "/detail/pdp_context/apn"}}),
            202};
}

// KORE Super SIM: "com.twilio.iot.supersim.connection.data-session.started".
PointerMapping::Settings kore() {
    return {"kore",
            std::nullopt,
            type_ends_with({".data-session.started"}),
            type_ends_with({".data-session.ended"}),
            sources({{Field::id, "/id"},
                     {Field::time, "/time"},
                     {Field::kind, "/type"},
                     {Field::imsi, "/data/imsi"},
                     {Field::imei, "/data/imei"},
                     {Field::iccid, "/data/sim_iccid"},
                     {Field::address, "/data/ip_address"},
                     {Field::apn, "/data/apn"}}),
            202};
}

// ---- a mapping that is written ----

std::optional<JsonPointer> read_pointer(const Node& node) {
    const auto text = node.text();
    if (!text) return std::nullopt;
    auto pointer = JsonPointer::from(*text);
    if (!pointer)
        node.problem("is no JSON Pointer",
                     "write it as in \"/sim/imsi\"; \"~1\" stands for \"/\", \"~0\" for \"~\"");
    return pointer;
}

// {"/type": ["started", 3], …}
std::optional<Conditions> read_conditions(const Node& node) {
    if (!node.object()) return std::nullopt;
    constexpr const char* remedy =
        "write a list of texts, numbers, true or false, as in {\"/type\": [\"started\"]}";
    Conditions conditions;
    for (const std::string& key : node.keys()) {
        const Node values = *node.member(key);
        auto pointer = JsonPointer::from(key);
        if (!pointer) {
            values.problem("is at no JSON Pointer", "write one as in {\"/type\": [\"started\"]}");
            continue;
        }
        Condition condition{std::move(*pointer), {}, false};
        const std::size_t count = values.is_array() ? values.size() : 0;
        for (std::size_t i = 0; i < count; ++i) {
            const Node value = values.element(i);
            if (value.json().is_boolean())
                condition.values.emplace_back(value.json().get<bool>() ? "true" : "false");
            else if (auto text = scalar_text(value.json()))
                condition.values.push_back(std::move(*text));
            else
                value.problem("cannot be compared with", remedy);
        }
        if (count == 0) values.problem("names no values", remedy);
        conditions.push_back(std::move(condition));
    }
    if (conditions.empty() && node.size() == 0)
        node.problem("has no condition",
                     "write one as in {\"/type\": [\"started\"]}, or leave it "
                     "out");
    return conditions;
}

}  // namespace

std::shared_ptr<const Mapping> preset(std::string_view name) {
    if (name == "3gpp") return std::make_shared<MonitoringEvents>();
    if (name == "camara") return std::make_shared<PointerMapping>(camara());
    if (name == "emnify") return std::make_shared<PointerMapping>(emnify());
    if (name == "kore") return std::make_shared<PointerMapping>(kore());
    return nullptr;
}

std::vector<std::string_view> preset_names() {
    return {names.begin(), names.end()};
}

std::shared_ptr<const Mapping> parse_mapping(const Node& node, std::string_view name) {
    const auto problems = node.problem_count();
    std::vector<std::string_view> known = {"events", "when", "detachWhen"};
    known.insert(known.end(), std::begin(field_names), std::end(field_names));
    if (!node.object(known)) return nullptr;
    if (std::ranges::find(names, name) != names.end())
        node.problem("has the name of a mapping that comes with the daemon", "choose another name");
    PointerMapping::Settings settings;
    settings.name = name;
    if (const auto events = node.member("events")) settings.events = read_pointer(*events);
    if (const auto when = node.member("when"))
        settings.attached = read_conditions(*when).value_or(Conditions{});
    if (const auto when = node.member("detachWhen")) settings.detached = read_conditions(*when);
    bool identifies = false;
    for (std::size_t i = 0; i < std::size(field_names); ++i) {
        const auto field = static_cast<Field>(i);
        const auto member = node.member(field_names[i]);
        if (!member) continue;
        identifies = identifies || is_identifier(field);
        if (auto pointer = read_pointer(*member))
            settings.fields.push_back({field, std::move(*pointer)});
    }
    if (!identifies)
        node.problem("names no device",
                     "say where the \"endpoint\", \"imsi\", \"imei\", \"iccid\", \"msisdn\" or "
                     "\"externalId\" is, as in {\"imsi\": \"/sim/imsi\"}");
    if (node.problem_count() != problems) return nullptr;
    return std::make_shared<PointerMapping>(std::move(settings));
}

}  // namespace attach
