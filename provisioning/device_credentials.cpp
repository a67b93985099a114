#include "provisioning/device_credentials.h"

#include "provisioning/octets.h"
#include "server/crypto/keys.h"

namespace provisioning {
namespace {

using document::Node;

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

// 0 to 15; anything else is none.
unsigned digit_of(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
    return 16;
}

void read_fingerprint(const Node& node, std::vector<crypto::Sha256>& into) {
    const auto text = node.text();
    if (!text) return;
    if (const auto fingerprint = parse_fingerprint(*text))
        into.push_back(*fingerprint);
    else
        node.problem("is no SHA-256 fingerprint", "write its 64 hexadecimal digits");
}

// One, or a list of them.
std::vector<crypto::Sha256> read_fingerprints(const Node& x509, std::string_view key) {
    std::vector<crypto::Sha256> all;
    const auto node = x509.member(key);
    if (!node) return all;
    if (!node->is_array()) {
        read_fingerprint(*node, all);
        return all;
    }
    if (node->size() == 0 || node->size() > max_fingerprints) {
        const std::string limit = std::to_string(max_fingerprints);
        node->problem(node->size() == 0 ? "is empty" : "has more than " + limit + " fingerprints",
                      "write 1 to " + limit);
        return all;
    }
    for (std::size_t i = 0; i < node->size(); ++i) read_fingerprint(node->element(i), all);
    return all;
}

std::optional<X509Credential> read_x509(const Node& credentials) {
    const std::size_t before = credentials.problem_count();
    const auto node = credentials.member("x509");
    if (!node || !node->object({"ca", "certificateSha256", "keySha256"})) return std::nullopt;
    X509Credential x509;
    if (const auto ca = node->member("ca"))
        if (const auto value = ca->boolean()) x509.ca = *value;
    x509.certificates = read_fingerprints(*node, "certificateSha256");
    x509.keys = read_fingerprints(*node, "keySha256");
    if (!x509.ca && x509.certificates.empty() && x509.keys.empty() &&
        node->problem_count() == before)
        node->problem(
            "accepts no certificate",
            "add \"certificateSha256\" or \"keySha256\", or \"ca\": true for those that a "
            "configured CA issues to its endpoint name");
    return x509;
}

std::optional<RawPublicKeyCredential> read_rpk(const Node& credentials) {
    const auto node = credentials.member("rpk");
    if (!node || !node->object({"publicKey"})) return std::nullopt;
    const auto value = node->required("publicKey");
    const auto text = value ? value->text() : std::nullopt;
    if (!text) return std::nullopt;
    constexpr std::string_view remedy =
        "write a SubjectPublicKeyInfo as hexadecimal digits, with the prefix \"base64:\", or as "
        "PEM";
    wire::Bytes octets;
    if (text->find("-----BEGIN") != std::string::npos) {
        octets.assign(text->begin(), text->end());
    } else if (auto parsed = parse_octets(*text)) {
        octets = std::move(*parsed);
    } else {
        value->problem(std::string(message(parsed.error())), std::string(remedy));
        return std::nullopt;
    }
    auto key = crypto::public_key(octets);
    if (!key) {
        value->problem(key.error(), std::string(remedy));
        return std::nullopt;
    }
    return RawPublicKeyCredential{std::move(*key)};
}

}  // namespace

std::optional<crypto::Sha256> parse_fingerprint(std::string_view text) {
    crypto::Sha256 fingerprint{};
    for (std::size_t i = 0; i < fingerprint.size(); ++i) {
        if (i > 0 && text.starts_with(':')) text.remove_prefix(1);
        if (text.size() < 2) return std::nullopt;
        const unsigned high = digit_of(text[0]);
        const unsigned low = digit_of(text[1]);
        if (high > 15 || low > 15) return std::nullopt;
        fingerprint.at(i) = static_cast<std::uint8_t>(high << 4 | low);
        text.remove_prefix(2);
    }
    if (!text.empty()) return std::nullopt;
    return fingerprint;
}

Credentials read_credentials(const Node& device) {
    Credentials credentials;
    const auto node = device.required("credentials");
    if (!node || !node->object({"psk", "x509", "rpk", "nosec"})) return credentials;
    credentials.psk = read_psk(*node);
    credentials.x509 = read_x509(*node);
    credentials.rpk = read_rpk(*node);
    if (const auto nosec = node->member("nosec"))
        if (const auto value = nosec->boolean()) credentials.nosec = *value;
    if (!node->member("psk") && !node->member("x509") && !node->member("rpk") && !credentials.nosec)
        node->problem("name no way to know the device",
                      "add \"psk\" with \"identity\" and \"key\", \"x509\" or \"rpk\", or "
                      "\"nosec\": true to serve it unsecured");
    return credentials;
}

}  // namespace provisioning
