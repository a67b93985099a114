#pragma once

#include <optional>

#include "config/document/document.h"
#include "provisioning/model/definitions.h"
#include "provisioning/profile.h"

namespace provisioning {

// The value of a Resource as a profile writes it (profile.h): by its definition, or, where there
// is none, by its own JSON type. Every problem is told at its node.
std::optional<TemplateValue> read_resource_value(const document::Node& node,
                                                 const model::ResourceDefinition* definition);

// Octets, which may hold templates; a text that begins with none of the prefixes is read as if it
// began with `default_prefix`.
std::optional<TemplateSingle> read_octets(const document::Node& node,
                                          std::string_view default_prefix, bool sensitive);

// Whether a text can be the label of an instance whose id is open: a letter, then at most 31
// letters, digits, "_" or "-".
bool is_label(std::string_view text);

// How long a text, opaque or secret is; nothing for other values.
std::optional<std::size_t> octets_of(const model::Single& value);
// Whether a value lies within its definition: a number by its value, a text or opaque by its
// octets. Nothing: it does; else what to write. For values that came out of a template.
std::optional<std::string> out_of_range(const model::Single& value,
                                        const model::ResourceDefinition& definition);

}  // namespace provisioning
