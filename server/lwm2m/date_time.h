#pragma once

#include <optional>
#include <string_view>

#include "provisioning/model/value.h"

namespace lwm2m {

// A date and time of RFC 3339 §5.6, "2013-03-21T20:04:00.5+01:00"; the fraction of a second is
// dropped.
std::optional<model::Time> from_date_time(std::string_view text);

}  // namespace lwm2m
