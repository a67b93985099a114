#include "server/http/device_json.h"

#include <nlohmann/json.hpp>

#include "provisioning/octets.h"
#include "server/http/times.h"

namespace http {

using Json = nlohmann::ordered_json;

namespace {

std::string_view word_of(provisioning::AccountKey::State state) {
    switch (state) {
        case provisioning::AccountKey::State::pending:
            return "pending";
        case provisioning::AccountKey::State::current:
            return "current";
        case provisioning::AccountKey::State::retired:
            return "retired";
    }
    return "retired";
}

Json account_of(const store::DeviceState& state) {
    const auto time_or_null = [](const std::optional<store::WallTime>& time) {
        return time ? Json(to_rfc3339(*time)) : Json();
    };
    Json keys = Json::array();
    for (const provisioning::AccountKey& key : state.keyring.keys()) {
        Json& one = keys.emplace_back();
        one["identity"] = provisioning::identity_text(key.psk.identity);
        one["state"] = word_of(key.state);
        one["generated"] = key.generated;
        one["session"] = key.session.empty() ? Json() : Json(key.session);
        one["until"] = time_or_null(key.until);
    }
    Json secrets = Json::array();
    for (const auto& [name, secret] : state.secrets) secrets.push_back(name);
    Json purge = Json::array();
    for (const model::InstanceId instance : state.to_purge) purge.push_back(instance);
    Json out;
    out["keys"] = std::move(keys);
    out["secrets"] = std::move(secrets);
    out["rotationOrdered"] = state.keyring.rotation_ordered();
    out["expires"] = time_or_null(state.account_expires);
    out["purge"] = std::move(purge);
    return out;
}

}  // namespace

Json to_json(const store::DeviceRecord& record) {
    Json out = provisioning::open_document(record.device);
    out["revision"] = static_cast<std::uint64_t>(record.revision);
    out["file"] = record.device.file;
    out["disabled"] = record.disabled;
    out["created"] = to_rfc3339(record.created);
    out["updated"] = to_rfc3339(record.updated);
    out["account"] = account_of(record.state);
    return out;
}

std::optional<provisioning::DeviceChange> read_device(nlohmann::json body,
                                                      std::string_view endpoint_of_path,
                                                      document::Problems& problems) {
    if (body.is_object()) {
        for (const char* key : {"revision", "file", "disabled", "created", "updated", "account"})
            body.erase(key);
        if (!endpoint_of_path.empty() && !body.contains("endpoint"))
            body["endpoint"] = endpoint_of_path;
    }
    return provisioning::parse_device_change(document::Node(body, "", "", problems), "");
}

void check_device(const provisioning::DeviceChange& change,
                  const provisioning::ProfileSet& profiles, document::Problems& problems) {
    profiles.check(change.device, change.keep_variables, problems);
}

}  // namespace http
