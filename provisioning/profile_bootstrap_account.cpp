// "bootstrapAccount":
//   {"keys": "keep"} · {"keys": "expire", "timeout": 3600}
//   {"keys": "replace", "way": "inPlace" / "newInstance", "gracePeriod": 604800 / null, "identity"}
//   {"uri": "coaps://…", "keys": "keep"} · {"uri": "coaps://…", "way", "identity", "key",
//   "keyShare"}

#include <algorithm>
#include <array>
#include <limits>

#include "provisioning/profile_checks.h"
#include "provisioning/profile_parts.h"
#include "provisioning/resource_value.h"
#include "provisioning/server_uri.h"

namespace provisioning {
namespace {

using document::Node;
using Keys = BootstrapAccount::Keys;
using Way = BootstrapAccount::Way;

std::size_t random_octets(const Template& from) {
    std::size_t count = 0;
    const auto parsed = parse_template(from.text);
    if (const auto* parts = std::get_if<std::vector<TemplatePart>>(&parsed))
        for (const TemplatePart& part : *parts)
            if (part.kind == TemplatePart::Kind::random) count += part.count;
    return count;
}

class Reader {
  public:
    Reader(const Node& node, BootstrapAccount& account) : node_(node), account_(account) {}

    void read() {
        account_.pointer = node_.pointer();
        if (!read_keys()) return;
        read_uri();
        // A key for the other server says as much as the word.
        if (account_.hands_over && !node_.member("keys") && node_.member("key"))
            account_.keys = Keys::replace;
        read_way();
        read_grace_period();
        read_timeout();
        read_identity();
        read_key();
        check_uses();
    }

  private:
    // False: it cannot be read, and nothing else can be judged.
    bool read_keys() {
        constexpr std::array<std::string_view, 3> words = {"keep", "replace", "expire"};
        const auto node = node_.member("keys");
        if (!node) return true;
        const auto index = node->choice(words);
        if (index) account_.keys = static_cast<Keys>(*index);
        return index.has_value();
    }

    void read_uri() {
        const auto node = node_.member("uri");
        if (!node) return;
        account_.hands_over = true;
        auto text = node->text();
        if (!text) return;
        if (const auto error = check_server_uri(*text, model::security::Mode::psk))
            node->problem(std::string(message(*error)),
                          "write the other Bootstrap-Server's, as in \"coaps://host:5684\"");
        account_.uri = std::move(*text);
    }

    void read_way() {
        constexpr std::array<std::string_view, 2> words = {"inPlace", "newInstance"};
        const auto node = node_.member("way");
        if (!node) return;
        if (const auto index = node->choice(words)) account_.way = static_cast<Way>(*index);
        if (account_.keys != Keys::replace)
            node->problem("has no meaning where the keys are not replaced",
                          "remove it, or write \"keys\": \"replace\"");
    }

    void read_grace_period() {
        const auto node = node_.member("gracePeriod");
        if (!node) return;
        constexpr std::int64_t longest = std::int64_t{100} * 366 * 86400;
        if (account_.keys == Keys::keep)
            node->problem("has no meaning where the keys are kept", "remove it");
        else if (account_.keys == Keys::expire || account_.hands_over)
            node->problem("has no meaning but where this server's keys are replaced", "remove it");
        else if (node->is_null())
            account_.grace_period = std::nullopt;
        else if (const auto seconds = node->integer(0, longest))
            account_.grace_period = *seconds;
    }

    void read_timeout() {
        const auto node = node_.member("timeout");
        if (account_.keys != Keys::expire) {
            if (node)
                node->problem("has no meaning where the account does not expire",
                              "remove it, or write \"keys\": \"expire\"");
            return;
        }
        const auto there = node ? node : node_.required("timeout");
        // /0/x/12, where 0 is "never".
        if (there)
            account_.timeout =
                there->integer(1, std::numeric_limits<std::int32_t>::max()).value_or(0);
    }

    // Both are a device's own: from a literal nothing good can come.
    std::optional<Template> read_open(std::string_view key, std::string_view default_prefix,
                                      bool is_secret, const std::string& remedy) {
        const auto node = node_.member(key);
        if (!node) return std::nullopt;
        if (account_.keys != Keys::replace) {
            node->problem("has no meaning where the keys are not replaced",
                          "remove it, or write \"keys\": \"replace\"");
            return std::nullopt;
        }
        auto read = read_octets(*node, default_prefix, is_secret);
        if (!read) return std::nullopt;
        if (auto* open = std::get_if<Template>(&*read)) return std::move(*open);
        node->problem("is the same for every device", remedy);
        return std::nullopt;
    }

    void read_identity() {
        const std::string remedy =
            account_.hands_over ? "write one as in \"${endpoint}\", or remove it"
                                : "write one as in \"${endpoint}-${random:12}\", or remove it";
        account_.identity = read_open("identity", "text:", false, remedy);
        if (!account_.identity) return;
        constexpr std::size_t enough = 8;
        const std::size_t random = random_octets(*account_.identity);
        const Node node = *node_.member("identity");
        if (account_.hands_over && random > 0)
            node.problem("holds random octets, which nobody tells the other Bootstrap-Server",
                         remedy);
        else if (!account_.hands_over && random < enough)
            // With one identity for two keys a server cannot honour both.
            node.problem("is not another one for every key",
                         "write \"${random:N}\" into it with N of 8 or more, or remove it");
    }

    void read_key() {
        const std::string remedy = "write \"${secret:NAME}\" or \"${device.NAME}\"";
        const auto node = node_.member("key");
        if (node && !account_.hands_over && account_.keys == Keys::replace) {
            node->problem("is made by the daemon, for every device its own", "remove it");
            return;
        }
        account_.key = read_open("key", "", true, remedy);
        if (!account_.hands_over || node) return;
        if (!node_.member("keys"))
            node_.problem_at("/key",
                             "is missing: the other Bootstrap-Server has to know the device",
                             remedy + ", or \"keys\": \"keep\" where it knows the device's own");
        else if (account_.keys == Keys::replace)
            node_.problem_at("/key", "is missing: the other Bootstrap-Server has to know it",
                             remedy);
    }

    void check_uses() {
        if (account_.hands_over && account_.keys == Keys::expire)
            node_.problem_at("/keys", "is \"expire\", but the device is handed over",
                             "write \"keep\" or \"replace\", or remove \"uri\"");
        const auto share = node_.member("keyShare");
        if (share && !node_.member("key"))
            share->problem("has no key to share",
                           "remove it, or write \"uri\" and \"key\": \"${secret:NAME}\"");
    }

    const Node& node_;
    BootstrapAccount& account_;
};

}  // namespace

void read_bootstrap_account(const Node& root, Profile& profile) {
    const auto node = root.member("bootstrapAccount");
    if (!node || !node->object({"keys", "gracePeriod", "way", "timeout", "uri", "identity", "key",
                                "keyShare"}))
        return;
    Reader(*node, profile.account).read();
    if (profile.account.keys == Keys::expire)
        profile.warnings.push_back({std::string(node->file()), node->pointer() + "/keys",
                                    "is \"expire\": once a device has purged its account, nobody "
                                    "can bootstrap it over the "
                                    "network any more",
                                    "write \"replace\" where the devices can do that"});
}

void check_bootstrap_account(const Node& root, const Profile& profile, const Ground& ground) {
    const BootstrapAccount& account = profile.account;
    if (account.keys == Keys::keep && !account.hands_over) return;
    // A device of 1.2 may name it by itself, in its request.
    if (ground.is_discovered(model::object::security) || profile.enabler == EnablerVersion::v1_2)
        return;
    root.problem_elsewhere(
        account.pointer,
        "is about a Security Instance that without Discover nobody knows the id of",
        ground.has_operations() ? "begin \"operations\" with {\"discover\": \"/\"}"
                                : "write \"discover\": true");
}

}  // namespace provisioning
