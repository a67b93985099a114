// "security" of an entry of "servers":
//   {"mode": "psk", "identity", "key"} · {"mode": "nosec"}
//   {"mode": "rpk", "publicKey", "privateKey", "serverPublicKey", "matchingType"}
//   {"mode": "rpk", "keyPair": "${secret:NAME}", "serverPublicKey", "matchingType"}
//   {"mode": "x509", "certificate", "privateKey", "serverCertificate", "certificateUsage",
//    "matchingType", "sni"}
//   {"mode": "est", "serverCertificate", "certificateUsage", "matchingType", "sni"}

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "provisioning/profile_parts.h"
#include "provisioning/resource_value.h"

namespace provisioning {
namespace {

using document::Node;
namespace security = model::security;
using security::Mode;

struct Word {
    std::string_view text;
    Mode mode;
    std::vector<std::string_view> keys;
};

const std::array<Word, 5>& words() {
    static const std::array<Word, 5> all = {
        {{"psk", Mode::psk, {"identity", "key"}},
         {"nosec", Mode::none, {}},
         {"rpk",
          Mode::raw_public_key,
          {"publicKey", "privateKey", "keyPair", "serverPublicKey", "matchingType"}},
         {"x509",
          Mode::certificate,
          {"certificate", "privateKey", "serverCertificate", "certificateUsage", "matchingType",
           "sni"}},
         {"est", Mode::est, {"serverCertificate", "certificateUsage", "matchingType", "sni"}}}};
    return all;
}

const Word* read_word(const Node& node) {
    std::array<std::string_view, 5> texts;
    for (std::size_t i = 0; i < texts.size(); ++i) texts[i] = words()[i].text;
    const auto mode = node.required("mode");
    const auto index = mode ? mode->choice(texts) : std::nullopt;
    return index ? &words()[*index] : nullptr;
}

// What another mode has a use for.
void check_unused(const Node& node, const Word& word) {
    for (const std::string& key : node.keys()) {
        if (key == "mode" || std::ranges::count(word.keys, key) > 0) continue;
        const auto user = std::ranges::find_if(
            words(), [&](const Word& each) { return std::ranges::count(each.keys, key) > 0; });
        if (user == words().end()) continue;
        node.member(key)->problem(
            "is not used in the security mode \"" + std::string(word.text) + "\"",
            "remove it, or write the mode \"" + std::string(user->text) + "\"");
    }
}

void read_identity(const Node& node, Draft& draft) {
    const auto identity = node.member("identity");
    draft.places[security::public_key_or_identity] = node.pointer() + "/identity";
    if (!identity) return;
    if (auto octets = read_octets(*identity, "text:", false))
        draft.planned.resources.emplace(security::public_key_or_identity, std::move(*octets));
    else
        draft.told.insert(security::public_key_or_identity);
}

// Both halves come from the one pair that is made for the device.
void read_key_pair(const Node& node, const Node& pair, Draft& draft) {
    for (const std::string_view key : {"publicKey", "privateKey"})
        if (const auto half = node.member(key))
            half->problem("is a half of a pair that \"keyPair\" makes",
                          "remove it, or \"keyPair\"");
    draft.told.insert({security::public_key_or_identity, security::secret_key});
    const auto text = pair.text();
    if (!text) return;
    const auto parsed = parse_template(*text);
    const auto* parts = std::get_if<std::vector<TemplatePart>>(&parsed);
    const bool is_secret = parts != nullptr && parts->size() == 1 &&
                           parts->front().kind == TemplatePart::Kind::secret &&
                           text->find(':') == text->rfind(':');
    if (!is_secret) {
        pair.problem("is no key pair that is made for the device", "write \"${secret:NAME}\"");
        return;
    }
    draft.told.erase(security::public_key_or_identity);
    draft.told.erase(security::secret_key);
    for (const model::ResourceId resource :
         {security::public_key_or_identity, security::secret_key})
        draft.places[resource] = pair.pointer();
    draft.planned.resources.emplace(security::public_key_or_identity,
                                    Template{*text, false, Template::Kind::public_key});
    draft.planned.resources.emplace(security::secret_key,
                                    Template{*text, true, Template::Kind::private_key});
}

}  // namespace

void read_security(const Node& entry, const Basis& basis, Draft& draft) {
    constexpr auto told = [](Draft& broken) {
        broken.told = {security::security_mode, security::public_key_or_identity,
                       security::server_public_key, security::secret_key};
    };
    const auto node = entry.required("security");
    if (!node || !node->object({"mode", "identity", "key", "publicKey", "privateKey", "keyPair",
                                "serverPublicKey", "certificate", "serverCertificate",
                                "certificateUsage", "matchingType", "sni"}))
        return told(draft);
    const Word* const word = read_word(*node);
    if (word == nullptr) return told(draft);
    check_unused(*node, *word);
    draft.places[security::security_mode] = node->pointer() + "/mode";
    draft.planned.resources.emplace(
        security::security_mode,
        TemplateSingle(model::Single(static_cast<std::int64_t>(word->mode))));
    const auto read = [&](std::string_view key, model::ResourceId resource) {
        read_defined_resource(*node, key, resource, basis, draft);
    };
    const auto read_matching = [&] {
        // Where they are not there the device does without them.
        for (const auto& [key, resource] :
             {std::pair("certificateUsage", security::certificate_usage),
              std::pair("matchingType", security::matching_type), std::pair("sni", security::sni)})
            if (node->member(key) && std::ranges::count(word->keys, key) > 0) read(key, resource);
    };
    switch (word->mode) {
        case Mode::psk:
            read_identity(*node, draft);
            read("key", security::secret_key);
            break;
        case Mode::raw_public_key:
            if (const auto pair = node->member("keyPair")) {
                read_key_pair(*node, *pair, draft);
            } else {
                read("publicKey", security::public_key_or_identity);
                read("privateKey", security::secret_key);
            }
            read("serverPublicKey", security::server_public_key);
            read_matching();
            break;
        case Mode::certificate:
            read("certificate", security::public_key_or_identity);
            read("privateKey", security::secret_key);
            read("serverCertificate", security::server_public_key);
            read_matching();
            break;
        case Mode::est:
            read("serverCertificate", security::server_public_key);
            read_matching();
            break;
        case Mode::none:
            break;
    }
}

}  // namespace provisioning
