#include "server/http/device_json.h"

#include <nlohmann/json.hpp>

#include "server/http/times.h"

namespace http {

using Json = nlohmann::ordered_json;

Json to_json(const store::DeviceRecord& record) {
    Json out = provisioning::open_document(record.device);
    out["revision"] = static_cast<std::uint64_t>(record.revision);
    out["file"] = record.device.file;
    out["disabled"] = record.disabled;
    out["created"] = to_rfc3339(record.created);
    out["updated"] = to_rfc3339(record.updated);
    return out;
}

std::optional<provisioning::DeviceChange> read_device(nlohmann::json body,
                                                      std::string_view endpoint_of_path,
                                                      document::Problems& problems) {
    if (body.is_object()) {
        for (const char* key : {"revision", "file", "disabled", "created", "updated"})
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
