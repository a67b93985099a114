#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "provisioning/model/path.h"

namespace lwm2m {

// A path that may reach down to a Resource Instance: "/", "/O", "/O/I", "/O/I/R", "/O/I/R/RI".
class NodePath {
  public:
    NodePath() = default;
    explicit NodePath(const model::Path& path);

    // Decimal numbers without leading zeros.
    static std::optional<NodePath> from(std::string_view text);

    std::size_t size() const { return size_; }
    std::uint16_t operator[](std::size_t i) const { return ids_[i]; }

    // False where there is no further level, or where the id is the reserved 65535 (MAX_ID); a
    // Resource Instance may have that one.
    bool append(std::uint16_t id);
    bool starts_with(const NodePath& other) const;
    // "0/1": the ids from a level on.
    std::string relative_text(std::size_t from) const;
    // "/0/1"; "/" has no ids.
    std::string to_string() const;

    friend auto operator<=>(const NodePath&, const NodePath&) = default;

  private:
    std::array<std::uint16_t, 4> ids_{};
    std::size_t size_ = 0;
};

}  // namespace lwm2m
