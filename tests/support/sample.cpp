#include "tests/support/sample.h"

#include <optional>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "config/document/document.h"

namespace support {
namespace {

using provisioning::TemplateResources;
using provisioning::TemplateSingle;

TemplateSingle single(model::Single value) {
    return TemplateSingle(std::move(value));
}
TemplateSingle text(std::string value) {
    return single(std::move(value));
}
TemplateSingle number(std::int64_t value) {
    return single(value);
}
TemplateSingle flag(bool value) {
    return single(value);
}
TemplateSingle octets(std::string_view value) {
    return single(model::Opaque{{value.begin(), value.end()}});
}
TemplateSingle secret(std::string_view value) {
    return single(model::Secret(wire::as_bytes(value)));
}

}  // namespace

provisioning::Profile sample_profile() {
    provisioning::Profile profile;
    profile.name = "meter";

    provisioning::PlannedInstance security;
    security.object = model::object::security;
    security.pointer = "/servers/0";
    security.resources = {
        {0, text("coaps://dm.example.com:5684")},
        {1, flag(false)},
        {2, number(0)},
        {3, octets("meter-1")},
        {4, octets("")},
        {5, secret("0123456789abcdef")},
        {10, number(101)},
    };
    provisioning::PlannedInstance server;
    server.object = model::object::server;
    server.instance = 0;
    server.pointer = "/servers/0";
    server.resources = {{0, number(101)}, {1, number(86400)}, {6, flag(true)}, {7, text("U")}};
    profile.instances = {std::move(security), std::move(server)};
    return profile;
}

provisioning::Profile fixed_profile() {
    provisioning::Profile profile = sample_profile();
    profile.discover = false;
    profile.instances[0].instance = 7;
    return profile;
}

provisioning::Profile profile_of(std::string_view json) {
    document::Problems problems;
    std::optional<provisioning::Profile> profile;
    if (const auto parsed = document::parse(json, "profile.json", problems)) {
        profile = provisioning::parse_profile(document::Node(*parsed, "profile.json", "", problems),
                                              "profile.json");
    }
    std::string told;
    for (const auto& problem : problems) told += document::to_string(problem) + "\n";
    if (!profile || !problems.empty()) throw std::invalid_argument(told);
    return std::move(*profile);
}

provisioning::Device sample_device(const std::string& endpoint, bool secured) {
    provisioning::Device device{
        *model::EndpointName::from(endpoint), {}, {}, "meter", {}, {}, {}, {}};
    device.credentials.nosec = !secured;
    if (secured) {
        const std::string identity = "id-" + endpoint;
        device.credentials.psk = provisioning::PskCredential{
            {identity.begin(), identity.end()}, model::Secret(wire::as_bytes("fedcba9876543210"))};
    }
    return device;
}

provisioning::Assignment assignment(provisioning::Profile profile, provisioning::Device device) {
    return {std::make_shared<const provisioning::Device>(std::move(device)),
            std::make_shared<const provisioning::Profile>(std::move(profile))};
}

}  // namespace support
