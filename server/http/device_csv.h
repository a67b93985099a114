#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace http {

// What the columns of a CSV import are: "endpoint", "profile", "psk.identity", "psk.key", "nosec",
// "imsi", "imei", "iccid", "msisdn", "externalId", "reach.mode", "reach.port", "reach.address",
// "reach.source" and "variables.NAME", in any order.
class DeviceColumns {
  public:
    // Of the header row; a text when a column is not known or there twice, or "endpoint" or
    // "profile" is missing.
    static std::variant<DeviceColumns, std::string> from(const std::vector<std::string>& header);

    // The device document of a row; an empty field leaves its member out. A text when it has not
    // as many fields as the header.
    std::variant<nlohmann::json, std::string> device(const std::vector<std::string>& row) const;

  private:
    explicit DeviceColumns(std::vector<std::string> pointers);
    std::vector<std::string> pointers_;  // where each column goes
};

}  // namespace http
