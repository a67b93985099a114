#include "provisioning/device.h"

#include <algorithm>
#include <array>

#include "provisioning/device_credentials.h"

namespace provisioning {
namespace {

using document::Node;

std::optional<model::EndpointName> read_endpoint(const Node& root) {
    const auto node = root.required("endpoint");
    if (!node) return std::nullopt;
    const auto text = node->text();
    if (!text) return std::nullopt;
    auto name = model::EndpointName::from(*text);
    if (!name)
        node->problem("is no endpoint name",
                      "write 1 to 255 octets of UTF-8 without control characters");
    return name;
}

std::string read_profile_name(const Node& root) {
    const auto node = root.required("profile");
    auto name = node ? node->text() : std::nullopt;
    if (!name) return {};
    if (name->empty()) node->problem("is empty", "write the name of a profile");
    return std::move(*name);
}

bool is_digits(std::string_view text, std::size_t shortest, std::size_t longest) {
    return text.size() >= shortest && text.size() <= longest &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

// What the numbers of an identifier look like: how many digits, and what may stand around them.
struct Shape {
    std::size_t shortest, longest;
    bool plus = false;     // "+49…" is accepted
    bool hyphens = false;  // "35-800000-000000-1" is accepted
    std::string_view remedy;
};

std::optional<std::string> read_digits(const Node& section, std::string_view key,
                                       const Shape& shape) {
    const auto node = section.member(key);
    auto text = node ? node->text() : std::nullopt;
    if (!text) return std::nullopt;
    std::string digits = *text;
    if (shape.plus && digits.starts_with('+')) digits.erase(0, 1);
    if (shape.hyphens) std::erase(digits, '-');
    if (is_digits(digits, shape.shortest, shape.longest)) return text;
    node->problem("is no " + std::string(key), std::string(shape.remedy));
    return std::nullopt;
}

Identifiers read_identifiers(const Node& root) {
    Identifiers identifiers;
    const auto node = root.member("identifiers");
    if (!node || !node->object({"imsi", "imei", "iccid", "msisdn", "externalId"}))
        return identifiers;
    identifiers.imsi =
        read_digits(*node, "imsi", {6, 15, false, false, "write its 6 to 15 digits"});
    identifiers.imei =
        read_digits(*node, "imei", {14, 16, false, true, "write its 14 to 16 digits"});
    identifiers.iccid =
        read_digits(*node, "iccid", {18, 22, false, false, "write its 18 to 22 digits"});
    identifiers.msisdn = read_digits(
        *node, "msisdn", {5, 15, true, false, "write its 5 to 15 digits, country code first"});
    if (const auto external = node->member("externalId")) {
        auto text = external->text();
        if (text && (text->empty() || text->size() > 255))
            external->problem("is no external identifier", "write 1 to 255 octets");
        identifiers.external_id = std::move(text);
    }
    return identifiers;
}

std::optional<wire::IpAddress> read_address(const Node& section, std::string_view key) {
    const auto node = section.member(key);
    const auto text = node ? node->text() : std::nullopt;
    if (!text) return std::nullopt;
    const auto address =
        text->find('\0') == std::string::npos ? wire::IpAddress::from(*text) : std::nullopt;
    if (!address || address->is_unspecified()) {
        node->problem("is no address",
                      "write a numeric one as in \"192.0.2.1\" or \"2001:db8::1\"");
        return std::nullopt;
    }
    return address;
}

Reach read_reach(const Node& root, const Credentials& credentials) {
    constexpr std::array<std::string_view, 6> words = {"auto", "association", "unsecured",
                                                       "dial", "wait",        "server"};
    Reach reach;
    const auto node = root.member("reach");
    if (!node || !node->object({"mode", "port", "address", "source"})) return reach;
    if (const auto port = node->member("port"))
        if (const auto number = port->integer(1, 65535))
            reach.port = static_cast<std::uint16_t>(*number);
    reach.address = read_address(*node, "address");
    reach.source = read_address(*node, "source");
    if (reach.address && reach.source && reach.address->family() != reach.source->family())
        node->problem_at("/source", "is of another address family than \"address\"",
                         "write both as IPv4 or both as IPv6 addresses");
    const auto mode = node->member("mode");
    const auto index = mode ? mode->choice(words) : std::nullopt;
    if (!index) return reach;
    reach.mode = static_cast<Reach::Mode>(*index);
    const auto declared = root.member("credentials");
    const bool has_keys = declared && (declared->member("psk") || declared->member("x509") ||
                                       declared->member("rpk"));
    if (reach.mode == Reach::Mode::unsecured && !credentials.nosec)
        mode->problem("is \"unsecured\", which the credentials do not allow",
                      "add \"nosec\": true to them, or write another mode");
    if ((reach.mode == Reach::Mode::dial || reach.mode == Reach::Mode::association) && !has_keys)
        mode->problem("needs DTLS, for which there are no credentials",
                      "add \"psk\", \"x509\" or \"rpk\" to them, or write another mode");
    return reach;
}

std::map<std::string, std::string> read_variables(const Node& root) {
    std::map<std::string, std::string> variables;
    const auto node = root.member("variables");
    if (!node || !node->object()) return variables;
    for (const std::string& name : node->keys())
        if (auto text = node->member(name)->text()) variables.emplace(name, std::move(*text));
    return variables;
}

std::vector<model::InstanceId> read_purge(const Node& root) {
    std::vector<model::InstanceId> instances;
    const auto account = root.member("bootstrapAccount");
    if (!account || !account->object({"purge"})) return instances;
    const auto list = account->member("purge");
    if (!list || !list->array()) return instances;
    constexpr std::size_t most = 16;
    if (list->size() > most)
        list->problem("has more than " + std::to_string(most) + " instances",
                      "write those that the server before left");
    for (std::size_t i = 0; i < list->size() && i < most; ++i) {
        const Node element = list->element(i);
        const auto id = element.integer(0, 65534);
        if (!id) continue;
        if (std::ranges::find(instances, *id) != instances.end())
            element.problem("is there twice", "write each instance once");
        else
            instances.push_back(static_cast<model::InstanceId>(*id));
    }
    return instances;
}

}  // namespace

std::optional<Device> parse_device(const Node& node, std::string_view file) {
    const std::size_t before = node.problem_count();
    if (!node.object({"$schema", "endpoint", "profile", "identifiers", "credentials", "reach",
                      "variables", "bootstrapAccount"}))
        return std::nullopt;
    auto endpoint = read_endpoint(node);
    std::string profile = read_profile_name(node);
    Identifiers identifiers = read_identifiers(node);
    Credentials credentials = read_credentials(node);
    Reach reach = read_reach(node, credentials);
    auto variables = read_variables(node);
    auto purge = read_purge(node);
    if (!endpoint || node.problem_count() != before) return std::nullopt;
    return Device{
        std::move(*endpoint),   std::string(file),      node.pointer(), std::move(profile),
        std::move(identifiers), std::move(credentials), reach,          std::move(variables),
        std::move(purge)};
}

}  // namespace provisioning
