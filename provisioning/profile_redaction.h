#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "provisioning/model/definitions.h"

// Where a profile's JSON holds secrets: the keys of "servers" and "bootstrapAccount", {"secret": …}
// anywhere, and every Resource that is sensitive in some version of its Object, in "servers",
// "objects", "operations" and "onFinishRefused". A text that is made of templates alone
// ("${device.dmKey}") holds none.
namespace provisioning {

// The profile with null in these places; its keys stay in their order. Nothing when the text is no
// JSON.
std::optional<std::string> redacted_profile(std::string_view text, const model::Definitions&);

// A null in such a place takes what the stored profile has there, so that what was shown can be
// sent back. A server is found again by its "shortServerId", an entry of a list of operations by
// its place and its path.
struct KeptSecrets {
    std::string text;                  // the profile, as it was where nothing was null
    std::vector<std::string> missing;  // pointers of nulls for which there is no stored value
};
// Nothing when the text is no JSON; `stored` is empty where there is none.
std::optional<KeptSecrets> keep_profile_secrets(std::string_view text, std::string_view stored,
                                                const model::Definitions&);

}  // namespace provisioning
