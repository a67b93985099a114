#pragma once

#include <optional>
#include <string>

#include "provisioning/holdings.h"
#include "provisioning/model/discovered.h"
#include "provisioning/model/path.h"
#include "provisioning/profile.h"

// What a plan must not do to a device. Each check says why not; nothing: it may.
namespace provisioning {

// An Object that the device has in another version than the profile was written for. Compared with
// what Discover says, which is where a version shows (LwM2M Core §7.2.3); without a Discover that
// tells of the Object there is nothing to compare with.
std::optional<std::string> check_version(const PlannedInstance& planned,
                                         const model::Discovered& told);

// A Delete of, or a Write of a part of, what is or may be the Bootstrap-Server's account: devices
// carry it out, and have no way back.
std::optional<std::string> check_delete(const model::Path& path, const std::string& pointer,
                                        const Holdings& holdings);
std::optional<std::string> check_partial_write(const model::Path& path, const std::string& pointer,
                                               const Holdings& holdings);

// A plan that leaves a device with half an account, with a server twice, or without any server.
// Devices answer its Finish with 2.04 and come back for ever. Judged where Discover told enough,
// and only of what the plan itself wrote or took away.
std::optional<std::string> check_accounts(const Holdings& before, const Holdings& after);

}  // namespace provisioning
