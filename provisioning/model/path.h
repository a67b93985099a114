#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace model {

using ObjectId = std::uint16_t;
using InstanceId = std::uint16_t;
using ResourceId = std::uint16_t;

// "/", "/O", "/O/I" or "/O/I/R", LwM2M Core §7.1. 65535 is reserved (MAX_ID) and refused.
class Path {
  public:
    Path() = default;  // "/"
    explicit Path(ObjectId object) : object_(object) {}
    Path(ObjectId object, InstanceId instance) : object_(object), instance_(instance) {}
    Path(ObjectId object, InstanceId instance, ResourceId resource)
        : object_(object), instance_(instance), resource_(resource) {}

    // Decimal numbers without leading zeros; a trailing slash is accepted where `lenient`, as
    // some devices' Discover answers have it.
    enum class Strictness { strict, lenient };
    static std::optional<Path> from(std::string_view text, Strictness = Strictness::strict);

    bool is_root() const { return !object_; }
    const std::optional<ObjectId>& object() const { return object_; }
    const std::optional<InstanceId>& instance() const { return instance_; }
    const std::optional<ResourceId>& resource() const { return resource_; }
    std::string to_string() const;

    friend auto operator<=>(const Path&, const Path&) = default;

  private:
    std::optional<ObjectId> object_;
    std::optional<InstanceId> instance_;
    std::optional<ResourceId> resource_;
};

namespace object {
inline constexpr ObjectId security = 0;
inline constexpr ObjectId server = 1;
inline constexpr ObjectId access_control = 2;
inline constexpr ObjectId device = 3;
inline constexpr ObjectId oscore = 21;
}  // namespace object

}  // namespace model
