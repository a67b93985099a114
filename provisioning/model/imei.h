#pragma once

#include <string>
#include <string_view>

namespace model {

// What of an IMEI tells devices apart: its first 14 digits, TS 23.003 §6.2. An IMEI follows them
// with a check digit, an IMEISV with a software version, so the two of one device compare equal
// by this alone. Index by it and look up by it. Hyphens and spaces are left out; a text that is
// neither an IMEI nor an IMEISV (14 to 16 digits) is returned as it is.
std::string normalised_imei(std::string_view text);

}  // namespace model
