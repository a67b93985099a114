#include "provisioning/device.h"

#include <array>

#include "provisioning/octets.h"

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

void check_length(const Node& node, std::size_t length, std::size_t longest) {
    if (length == 0) node.problem("is empty", "write 1 to " + std::to_string(longest) + " octets");
    if (length > longest)
        node.problem("is longer than " + std::to_string(longest) + " octets",
                     "write 1 to " + std::to_string(longest));
}

std::optional<PskCredential> read_psk(const Node& credentials) {
    const auto node = credentials.member("psk");
    if (!node || !node->object({"identity", "key"})) return std::nullopt;
    PskCredential psk;
    const auto read = [&](std::string_view key, auto parse,
                          std::size_t longest) -> std::optional<wire::Bytes> {
        const auto value = node->required(key);
        auto text = value ? value->text() : std::nullopt;
        if (!text) return std::nullopt;
        auto octets = parse(*text);
        model::wipe(text->data(), text->size());
        if (!octets) {
            value->problem(std::string(message(octets.error())), std::string(octets_remedy()));
            return std::nullopt;
        }
        check_length(*value, octets->size(), longest);
        return std::move(*octets);
    };
    auto identity = read("identity", parse_identity, max_psk_identity);
    auto key = read("key", parse_octets, max_psk_key);
    if (!identity || !key) return std::nullopt;
    psk.identity = std::move(*identity);
    psk.key = model::Secret(std::move(*key));
    return psk;
}

Credentials read_credentials(const Node& root) {
    Credentials credentials;
    const auto node = root.required("credentials");
    if (!node || !node->object({"psk", "nosec"})) return credentials;
    credentials.psk = read_psk(*node);
    if (const auto nosec = node->member("nosec"))
        if (const auto value = nosec->boolean()) credentials.nosec = *value;
    if (!node->member("psk") && !credentials.nosec)
        node->problem("name no way to know the device",
                      "add \"psk\" with \"identity\" and \"key\", or \"nosec\": true to serve it "
                      "unsecured");
    return credentials;
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
    const bool has_psk = declared && declared->member("psk");
    if (reach.mode == Reach::Mode::unsecured && !credentials.nosec)
        mode->problem("is \"unsecured\", which the credentials do not allow",
                      "add \"nosec\": true to them, or write another mode");
    if ((reach.mode == Reach::Mode::dial || reach.mode == Reach::Mode::association) && !has_psk)
        mode->problem("needs DTLS, for which there are no credentials",
                      "add \"psk\" to them, or write another mode");
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

}  // namespace

std::optional<Device> parse_device(const Node& node, std::string_view file) {
    const std::size_t before = node.problem_count();
    if (!node.object(
            {"$schema", "endpoint", "profile", "identifiers", "credentials", "reach", "variables"}))
        return std::nullopt;
    auto endpoint = read_endpoint(node);
    std::string profile = read_profile_name(node);
    Identifiers identifiers = read_identifiers(node);
    Credentials credentials = read_credentials(node);
    Reach reach = read_reach(node, credentials);
    auto variables = read_variables(node);
    if (!endpoint || node.problem_count() != before) return std::nullopt;
    return Device{
        std::move(*endpoint),   std::string(file),      node.pointer(), std::move(profile),
        std::move(identifiers), std::move(credentials), reach,          std::move(variables)};
}

}  // namespace provisioning
