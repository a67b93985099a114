#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "provisioning/profile_checks.h"

namespace provisioning {
namespace {

using document::Node;
namespace security = model::security;

constexpr std::size_t most_secrets = 32;
constexpr std::size_t longest_share = 64;

using Names = std::set<std::string>;

std::vector<TemplatePart> secrets_of(const Template& from) {
    std::vector<TemplatePart> secrets;
    auto parsed = parse_template(from.text);
    if (auto* parts = std::get_if<std::vector<TemplatePart>>(&parsed))
        std::ranges::copy_if(*parts, std::back_inserter(secrets), [](const TemplatePart& part) {
            return part.kind == TemplatePart::Kind::secret;
        });
    return secrets;
}

std::string word_of(security::Mode mode) {
    switch (mode) {
        case security::Mode::psk:
            return "psk";
        case security::Mode::raw_public_key:
            return "rpk";
        case security::Mode::certificate:
            return "x509";
        case security::Mode::none:
            return "nosec";
        case security::Mode::est:
            return "est";
    }
    return "";
}

std::string text_of(const TemplateSingle* value) {
    if (value == nullptr) return {};
    if (const auto* open = std::get_if<Template>(value)) return open->text;
    const auto* literal = std::get_if<model::Single>(value);
    const auto* text = literal != nullptr ? std::get_if<std::string>(literal) : nullptr;
    return text != nullptr ? *text : std::string();
}

class Collection {
  public:
    Collection(const Node& root, const std::vector<Draft>& drafts) : root_(root), drafts_(drafts) {}

    Wanted collect(const Profile& profile) {
        wanted_.replacement =
            profile.account.keys == BootstrapAccount::Keys::replace && !profile.account.hands_over;
        for (const Draft& draft : drafts_) add_own(draft);
        for (const Draft& draft : drafts_)
            if (draft.planned.object == model::object::security && !draft.partial) add_share(draft);
        add_hand_over(profile.account);
        check_told();
        if (wanted_.secrets.size() > most_secrets)
            root_.problem("has too many secrets that are made for a device",
                          "write at most " + std::to_string(most_secrets));
        return std::move(wanted_);
    }

  private:
    void add(const Template& from, const std::string& place, Names& names) {
        const bool is_pair =
            from.kind == Template::Kind::public_key || from.kind == Template::Kind::private_key;
        for (const TemplatePart& part : secrets_of(from)) {
            names.insert(part.text);
            const WantedSecret secret = is_pair
                                            ? WantedSecret{WantedSecret::Kind::key_pair, 0}
                                            : WantedSecret{WantedSecret::Kind::octets, part.count};
            const auto [same, is_new] = wanted_.secrets.emplace(part.text, secret);
            if (is_new)
                places_[part.text] = place;
            else if (same->second != secret && told_.insert(part.text).second)
                root_.problem_elsewhere(
                    place, "is the secret of " + places_[part.text] + " in another kind or length",
                    "write the same in both, or give one another name");
        }
    }

    void add_own(const Draft& draft) {
        Names& names = own_[&draft];
        for (const auto& [resource, value] : draft.planned.resources) {
            const auto add_one = [&, &place = draft.place(resource)](const TemplateSingle& each) {
                if (const auto* open = std::get_if<Template>(&each)) add(*open, place, names);
            };
            if (const auto* single = std::get_if<TemplateSingle>(&value))
                add_one(*single);
            else
                for (const auto& [id, each] :
                     std::get<std::map<std::uint16_t, TemplateSingle>>(value))
                    add_one(each);
        }
    }

    // The secrets of what a Security Instance links to: an OSCORE Object has keys of its own.
    Names linked(const Draft& draft) const {
        Names names;
        const auto* value = draft.value(security::oscore_link);
        if (value == nullptr) return names;
        const auto* label = std::get_if<LabelledLink>(value);
        const auto* link = draft.literal<model::ObjectLink>(security::oscore_link);
        for (const Draft& other : drafts_) {
            const PlannedInstance& planned = other.planned;
            const bool is_it =
                label != nullptr ? planned.object == label->object && planned.label == label->label
                                 : link != nullptr && planned.object == link->object &&
                                       planned.instance == link->instance;
            if (is_it) names.insert(own_.at(&other).begin(), own_.at(&other).end());
        }
        return names;
    }

    void add_share(const Draft& draft) {
        Names names = own_.at(&draft);
        const Names more = linked(draft);
        const auto* mode = draft.literal<std::int64_t>(security::security_mode);
        const auto* server = draft.literal<std::int64_t>(security::short_server_id);
        KeyShare share;
        share.target = draft.key_share;
        share.uri = text_of(draft.value(security::server_uri));
        if (server != nullptr) share.short_server_id = *server;
        if (names.empty() && !more.empty())
            share.mode = "oscore";
        else if (mode != nullptr)
            share.mode = word_of(static_cast<security::Mode>(*mode));
        names.insert(more.begin(), more.end());
        if (names.empty() && !draft.key_share_place.empty())
            root_.problem_elsewhere(draft.key_share_place,
                                    "has nothing to share: no key of this server is made for the "
                                    "device",
                                    "remove it, or write \"${secret:NAME}\" for the server's key");
        add_share(std::move(share), names);
    }

    void add_hand_over(const BootstrapAccount& account) {
        Names names;
        if (account.key) add(*account.key, account.pointer + "/key", names);
        KeyShare share;
        share.uri = account.uri;
        share.mode = "psk";
        const auto node = root_.member("bootstrapAccount");
        const auto target = node && node->is_object() ? node->member("keyShare") : std::nullopt;
        if (target) share.target = read_share_name(*target);
        if (target && account.key && names.empty())
            target->problem("has nothing to share: the key is not made for the device",
                            "remove it, or write \"${secret:NAME}\" for the key");
        add_share(std::move(share), names);
    }

    void add_share(KeyShare share, const Names& names) {
        if (names.empty()) return;
        share.secrets.assign(names.begin(), names.end());
        shared_.insert(names.begin(), names.end());
        wanted_.shares.push_back(std::move(share));
    }

    void check_told() {
        for (const auto& [name, secret] : wanted_.secrets)
            if (!shared_.contains(name) && !told_.contains(name))
                root_.problem_elsewhere(
                    places_[name], "is made for the device, and no server would be told of it",
                    "write it where a server's own keys are, or \"${device.NAME}\" here");
    }

  public:
    static std::string read_share_name(const Node& node) {
        auto name = node.text();
        if (!name) return {};
        if (name->empty() || name->size() > longest_share)
            node.problem("is no name of a key share",
                         "write the name that it has among the settings' \"keyShares\"");
        return std::move(*name);
    }

  private:
    const Node& root_;
    const std::vector<Draft>& drafts_;
    Wanted wanted_;
    std::map<const Draft*, Names> own_;
    std::map<std::string, std::string> places_;  // where a secret is written first
    Names shared_, told_;
};

}  // namespace

void read_key_share(const Node& entry, Draft& draft) {
    const auto node = entry.member("keyShare");
    if (!node) return;
    draft.key_share = Collection::read_share_name(*node);
    draft.key_share_place = node->pointer();
}

Wanted collect_wanted(const Node& root, const Profile& profile, const std::vector<Draft>& drafts) {
    return Collection(root, drafts).collect(profile);
}

}  // namespace provisioning
