#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <nlohmann/json.hpp>

#include "provisioning/plan.h"

namespace {

using provisioning::Operation;
using provisioning::OperationKind;

class ZeroRandom : public wire::Random {
  public:
    void fill(std::span<std::uint8_t> out) override {
        for (std::uint8_t& octet : out) octet = 0;
    }
};

void require(bool holds) {
    if (!holds) std::abort();
}

// Whether the operation touches the instance by name. Delete "/" and "/0" leave the account.
bool touches(const Operation& operation, const model::Path& account) {
    const bool changes =
        operation.kind == OperationKind::write || operation.kind == OperationKind::delete_;
    if (!changes || operation.path.object() != account.object()) return false;
    if (operation.path.instance()) return operation.path.instance() == account.instance();
    if (const auto* several = std::get_if<model::Instances>(&operation.content))
        if (operation.kind == OperationKind::write) return several->contains(*account.instance());
    return operation.kind == OperationKind::delete_ && account.object() != model::ObjectId{0};
}

bool is_true(const model::Resources& resources, model::ResourceId resource) {
    const auto found = resources.find(resource);
    if (found == resources.end()) return false;
    const auto* single = std::get_if<model::Single>(&found->second);
    const auto* value = single != nullptr ? std::get_if<bool>(single) : nullptr;
    return value != nullptr && *value;
}

// What "bootstrapAccount" itself may do: write the account as a whole, its URI or its timeout, and
// delete it once another is confirmed.
bool is_of_the_account(const provisioning::BootstrapAccount& account,
                       const std::vector<Operation>& before, const Operation& operation) {
    using Keys = provisioning::BootstrapAccount::Keys;
    if (operation.path.object() != model::ObjectId{0}) return false;
    if (operation.kind == OperationKind::delete_)
        return std::ranges::any_of(before, [&](const Operation& each) {
            return each.expects && *each.expects != operation.path;
        });
    const auto& resource = operation.path.resource();
    if (resource)
        return (account.keys == Keys::expire && *resource == 12) ||
               (account.keys == Keys::keep && account.hands_over && *resource == 0);
    const auto* resources = std::get_if<model::Resources>(&operation.content);
    return account.keys == Keys::replace && resources != nullptr && is_true(*resources, 1);
}

// What holds for every plan: one Finish, the last; none in a repair; nothing of the account; the
// content of each Write is that of its path.
void check(const provisioning::Profile& profile, const provisioning::Plan& plan,
           const std::vector<model::Path>& account) {
    require(!plan.operations.empty());
    for (std::size_t i = 0; i < plan.operations.size(); ++i) {
        const bool is_last = i + 1 == plan.operations.size();
        require((plan.operations[i].kind == OperationKind::finish) == is_last);
    }
    for (const auto* list : {&plan.operations, &plan.repair})
        for (const Operation& operation : *list) {
            if (list == &plan.repair) {
                require(operation.kind != OperationKind::finish);
                require(operation.kind != OperationKind::discover);
            }
            const std::vector<Operation> before(list->data(), &operation);
            for (const model::Path& path : account)
                require(!touches(operation, path) ||
                        is_of_the_account(profile.account, before, operation));
            if (operation.kind != OperationKind::write) continue;
            require(!operation.path.is_root());
            require(std::holds_alternative<model::Value>(operation.content) ==
                    operation.path.resource().has_value());
            require(std::holds_alternative<model::Instances>(operation.content) ==
                    !operation.path.instance().has_value());
        }
    (void)provisioning::review(plan.operations, nullptr);
}

void check_pack(const model::Objects& pack, const std::vector<model::Path>& account) {
    for (const model::Path& path : account) {
        const auto instances = pack.find(*path.object());
        require(instances == pack.end() || !instances->second.contains(*path.instance()));
    }
}

}  // namespace

// Any octets as a profile; one that is read is planned, for devices that tell of their account by
// Discover, by `acc`, by both or not at all.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    document::Problems problems;
    const auto json = document::parse(wire::as_text({data, size}), "p.json", problems);
    if (json.has_value() != problems.empty()) std::abort();
    if (!json) return 0;
    static const model::Definitions definitions = model::Definitions::built_in();
    auto profile = provisioning::parse_profile(document::Node(*json, "p.json", "", problems),
                                               "p.json", definitions);
    if (profile.has_value() != problems.empty()) std::abort();
    if (!profile) return 0;
    provisioning::Device device{
        *model::EndpointName::from("urn:dev:1"), {}, {}, {}, {}, {}, {}, {}};
    for (const std::string& variable : profile->variables) device.variables[variable] = "00ff";

    if (profile->account.uri.empty()) profile->account.uri = "coaps://bs.example.com";
    provisioning::Issued issued;
    for (const auto& [name, wanted] : profile->wanted.secrets)
        issued.secrets[name] = {wanted.kind, model::Secret(wire::Bytes(wanted.octets)), {}, true};
    if (profile->wanted.replacement)
        issued.replacement =
            provisioning::PskCredential{{'i'}, model::Secret(wire::Bytes(16, 0x5a))};

    ZeroRandom random;
    const std::vector<model::Path> acc = {{0, 1}, {21, 1}, {24, 0}};
    const model::Discovered everything{
        "1.1",
        {{{0, 0}, {}, {}, {}}, {{0, 2}, 101, {}, {}}, {{1, 0}, 101, {}, {}}, {{21, 0}, {}, {}, {}}},
        {model::Path()}};
    const model::Discovered security_only{"1.1", {{{0, 0}, {}, {}, {}}}, {model::Path(0)}};
    struct Case {
        provisioning::Told told;
        std::vector<model::Path> account;
    };
    const Case cases[] = {{{nullptr, nullptr}, {}},
                          {{&everything, nullptr}, {{0, 0}, {21, 0}}},
                          {{&security_only, nullptr}, {{0, 0}}},
                          {{nullptr, &acc}, acc},
                          {{&everything, &acc}, {{0, 0}, {21, 0}, {0, 1}, {21, 1}, {24, 0}}}};
    (void)provisioning::first_discovers(*profile);
    for (Case each : cases) {
        each.told.issued = &issued;
        const auto result = provisioning::make_plan(*profile, device, each.told, random);
        if (const auto* plan = std::get_if<provisioning::Plan>(&result)) {
            check(*profile, *plan, each.account);
            (void)provisioning::review(plan->operations, each.told.discovered);
        }
        const auto pack = provisioning::make_pack(*profile, device, each.told, random);
        if (const auto* objects = std::get_if<model::Objects>(&pack))
            check_pack(*objects, each.account);
    }
    return 0;
}
