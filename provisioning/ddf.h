#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "config/document/document.h"
#include "provisioning/model/definitions.h"

// Object definitions as the OMA registry publishes them: XML files by the schema LWM2M.xsd,
// LwM2M Core appendix D ("Device Description Framework").
namespace provisioning {

// Limits of a file; the registry's largest has some 60 KiB and 100 Resources.
inline constexpr std::size_t max_ddf_octets = 1024 * 1024;
inline constexpr std::size_t max_ddf_resources = 4096;

// The Objects of a text, mostly one. A problem's pointer is the path of an element
// ("/LWM2M/Object/Resources/Item[@ID=5]/Type"); nothing is returned when there was one.
std::optional<std::vector<model::ObjectDefinition>> parse_ddf(std::string_view text,
                                                              std::string_view file,
                                                              document::Problems& problems);
std::optional<std::vector<model::ObjectDefinition>> read_ddf(const std::filesystem::path& file,
                                                             document::Problems& problems);

// Adds the Objects of every *.xml of a folder to the definitions, whose own of the same Object and
// version they replace. Two files with the same one, and a folder that cannot be read, are
// problems.
void add_ddf_folder(const std::filesystem::path& folder, model::Definitions& definitions,
                    document::Problems& problems);

struct ValueRange {
    std::int64_t lowest = 0;
    std::int64_t highest = 0;
    std::int64_t step = 1;
    friend bool operator==(const ValueRange&, const ValueRange&) = default;
};
// What a RangeEnumeration says of the values of a type. It is free text: nothing for what has no
// bound or is not understood.
std::optional<ValueRange> parse_range(std::string_view text, model::ResourceType type);

}  // namespace provisioning
