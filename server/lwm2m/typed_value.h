#pragma once

#include <optional>
#include <string_view>

#include "provisioning/model/definitions.h"
#include "provisioning/model/value.h"

namespace lwm2m {

// A value as a format that tells kinds of values holds it, made the type that the Resource has: a
// number becomes integer, floating-point or Time, a text an Object Link or a Time. Nothing where
// the type is another.
std::optional<model::Single> as_type(model::Single looks, model::ResourceType type);

// "11:0"
std::optional<model::ObjectLink> object_link_from(std::string_view text);

}  // namespace lwm2m
