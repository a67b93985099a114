#pragma once

#include <optional>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "config/document/document.h"
#include "provisioning/device_document.h"
#include "provisioning/profile_set.h"
#include "provisioning/store/records.h"

namespace http {

// A device as the API shows it: its document, secrets null, with "revision", "file", "disabled",
// "created", "updated" and "account", which is what the daemon knows of the keys of its account and
// of the secrets that were made for it, without any of them.
nlohmann::ordered_json to_json(const store::DeviceRecord&);

// What a caller sends to make or replace one. What to_json() adds may stand there and is passed
// over; without "endpoint" the one of the path is meant, if there is one. Nothing when it had a
// problem.
std::optional<provisioning::DeviceChange> read_device(nlohmann::json body,
                                                      std::string_view endpoint_of_path,
                                                      document::Problems&);
// What is wrong with it beyond its own form: its profile.
void check_device(const provisioning::DeviceChange&, const provisioning::ProfileSet&,
                  document::Problems&);

}  // namespace http
