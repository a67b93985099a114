#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "provisioning/model/enabler.h"
#include "provisioning/model/path.h"

// What is known of Objects: their Resources with types, ranges and multiplicity, by version.
namespace model {

// LwM2M Core §7.2.2: "1.1"; an Object that tells none has 1.0.
struct ObjectVersion {
    std::uint16_t major = 1;
    std::uint16_t minor = 0;
    static std::optional<ObjectVersion> from(std::string_view text);
    std::string to_string() const;
    friend auto operator<=>(const ObjectVersion&, const ObjectVersion&) = default;
};

enum class ResourceType {
    text,
    integer,
    unsigned_integer,
    floating,
    boolean,
    opaque,
    time,
    object_link,
    core_link,  // a text in link-format
    none,       // it is executed and has no value
};

// A text or opaque is at most that long where its definition has no bound, in octets.
inline constexpr std::int64_t longest_value = 1024 * 1024;

struct ResourceDefinition {
    ResourceId id = 0;
    std::string name;  // the registry's
    ResourceType type = ResourceType::none;
    bool multiple = false;
    bool mandatory = false;
    // Of a number its value, of a text or opaque its octets.
    std::int64_t lowest = 0;
    std::int64_t highest = 0;
    std::int64_t step = 1;  // counted from the lowest; 16 for keys of 16, 32 or 48 octets
    bool sensitive = false;
    // Servers only read it, and the device fills it in itself. Not so those of Server and Access
    // Control which a bootstrap writes although servers may not.
    bool read_only = false;
};

struct ObjectDefinition {
    ObjectId id = 0;
    std::string name;
    ObjectVersion version;
    Enabler since = Enabler::v1_0;  // the enabler that this version needs
    bool multiple = false;          // it may have several instances
    std::vector<ResourceDefinition> resources;

    const ResourceDefinition* find(ResourceId resource) const;
    // By the registry's name; neither case nor the width of spaces matters, since the registry's
    // own versions differ in them ("LWM2M  Server URI").
    const ResourceDefinition* find(std::string_view resource) const;
};

// The definitions in force: those that come with the daemon, and the operator's own. Immutable
// once shared.
class Definitions {
  public:
    using Pointer = std::shared_ptr<const ObjectDefinition>;

    // Those of the OMA registry that a bootstrap commonly writes, in all published versions.
    static Definitions built_in();
    // Replaces the one of the same Object and version; what was sensitive in any version of the
    // Object stays so.
    void add(ObjectDefinition);

    // Null: not known.
    Pointer find(ObjectId, ObjectVersion) const;
    // The newest version that the enabler allows; null: not known in such a one.
    Pointer find(ObjectId, Enabler) const;
    // Every version of an Object, the oldest first.
    std::vector<Pointer> versions(ObjectId) const;
    // By the registry's name of the Object, read as Resources' names are.
    std::optional<ObjectId> object_called(std::string_view name) const;

  private:
    std::map<std::pair<ObjectId, ObjectVersion>, Pointer> objects_;
};

}  // namespace model
