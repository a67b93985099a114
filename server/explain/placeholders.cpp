#include "server/explain/placeholders.h"

#include <utility>

#include "provisioning/template.h"
#include "server/crypto/keys.h"

namespace explain {

using provisioning::Template;
using provisioning::WantedSecret;

std::variant<provisioning::Issued, std::string> placeholders_for(
    const provisioning::Profile& profile, const provisioning::Device& device,
    wire::Random& random) {
    provisioning::Issued issued;
    for (const auto& [name, wanted] : profile.wanted.secrets) {
        provisioning::GeneratedSecret& made = issued.secrets[name];
        made.kind = wanted.kind;
        switch (wanted.kind) {
            case WantedSecret::Kind::octets:
                made.octets = model::Secret(wire::Bytes(wanted.octets));
                break;
            case WantedSecret::Kind::key_pair: {
                auto pair = crypto::make_key_pair();
                if (!pair) return pair.error();
                made.octets = std::move(pair->private_key);
                made.public_key = std::move(pair->public_key);
                break;
            }
        }
    }
    if (!profile.wanted.replacement) return issued;
    const Template usual{"text:${random:12}", false, Template::Kind::octets};
    auto identity = expand(profile.account.identity.value_or(usual), device, random);
    if (const auto* error = std::get_if<provisioning::TemplateError>(&identity))
        return profile.account.pointer + "/identity: " + error->message + "; " + error->remedy;
    constexpr std::size_t key_octets = 16;
    issued.replacement = provisioning::PskCredential{
        std::get<model::Opaque>(std::get<model::Single>(identity)).octets,
        model::Secret(wire::Bytes(key_octets))};
    return issued;
}

std::vector<std::string> notes_on(const provisioning::Issued& issued) {
    std::vector<std::string> notes;
    std::string names;
    for (const auto& [name, secret] : issued.secrets) names += (names.empty() ? "" : ", ") + name;
    if (!names.empty())
        notes.push_back(
            "a session makes these for the device, once, and has them told to the servers before "
            "it writes: " +
            names + "; shown are placeholders");
    if (issued.replacement)
        notes.emplace_back(
            "the Bootstrap-Server account is written where a new key is due: while the device has "
            "the one of its record, one is pending, or a rotation is ordered; shown are a "
            "placeholder and another identity than it will be");
    return notes;
}

}  // namespace explain
