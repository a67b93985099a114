#include "server/bootstrap/session_account.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "server/lwm2m/link_format.h"

namespace bootstrap {
namespace {

using provisioning::BootstrapAccount;
using provisioning::Operation;
using provisioning::OperationKind;

constexpr model::ResourceId bootstrap_server = 1;  // /0/x/1

bool is_security_instance(const model::Path& path) {
    return path.object() == model::object::security && path.instance() && !path.resource();
}

bool is_listed(const model::Discovered& told, const model::Path& instance) {
    return std::ranges::any_of(told.links, [&](const model::DiscoveredLink& link) {
        return link.path.object() == instance.object() &&
               link.path.instance() == instance.instance();
    });
}

}  // namespace

std::optional<std::string> unmet_expectation(const Operation& operation,
                                             const coap::Response& response) {
    if (operation.kind != OperationKind::discover || !operation.expects) return std::nullopt;
    const std::string what = "the answer to DISCOVER " + operation.path.to_string();
    const auto told = lwm2m::decode_discover(wire::as_text(response.payload));
    if (!told) return what + " is not understood: nothing more is deleted";
    if (is_listed(*told, *operation.expects)) return std::nullopt;
    return what + " does not list " + operation.expects->to_string() +
           ", which was written: nothing more is deleted";
}

void SessionAccount::begin(const provisioning::Assignment& assignment,
                           const provisioning::Issued* issued, const model::Discovered* told) {
    const BootstrapAccount& wanted = assignment.profile->account;
    hands_over_ = wanted.hands_over;
    writes_credential_ = hands_over_ || wanted.keys == BootstrapAccount::Keys::replace;
    if (wanted.keys == BootstrapAccount::Keys::expire && wanted.timeout > 0)
        expires_after_ = std::chrono::seconds(wanted.timeout);
    if (issued == nullptr || told == nullptr || !told->tells_of(model::object::security)) return;
    for (const model::InstanceId old : issued->to_purge) {
        if (!is_listed(*told, model::Path(model::object::security, old))) purged_.push_back(old);
    }
}

// The account's Security Instance as a whole, /0/x/1 being true.
bool SessionAccount::is_credential(const Operation& operation) const {
    if (!writes_credential_ || operation.kind != OperationKind::write ||
        !is_security_instance(operation.path)) {
        return false;
    }
    const auto* resources = std::get_if<model::Resources>(&operation.content);
    if (resources == nullptr) return false;
    const auto flag = resources->find(bootstrap_server);
    if (flag == resources->end()) return false;
    const auto* single = std::get_if<model::Single>(&flag->second);
    const bool* is_bootstrap = single != nullptr ? std::get_if<bool>(single) : nullptr;
    return is_bootstrap != nullptr && *is_bootstrap;
}

void SessionAccount::leaves(const SessionPlan& plan, AccountReport& report) const {
    if (!is_credential(plan.current())) return;
    report.credential_at = plan.current().path.instance();
    for (const model::Path& path : plan.deleted_later()) {
        if (is_security_instance(path)) report.replaces = path.instance();
    }
}

void SessionAccount::answered_well(const Operation& operation, AccountReport& report) {
    if (is_credential(operation)) report.credential_taken = true;
    if (operation.kind == OperationKind::delete_ && is_security_instance(operation.path))
        purged_.push_back(*operation.path.instance());
}

void SessionAccount::finished(AccountReport& report) const {
    report.purged = purged_;
    report.expires_after = expires_after_;
}

}  // namespace bootstrap
