#pragma once

#include <optional>

#include "config/document/document.h"
#include "provisioning/model/content_format.h"
#include "provisioning/profile_parts.h"

// "contentFormat" in a profile: of all its Writes, or of one operation.
namespace provisioning {

// The format by its word, where the enabler has it; `whole`: one that carries instances. A problem
// of the word is told.
std::optional<model::ContentFormat> read_content_format(const document::Node& node,
                                                        EnablerVersion enabler, bool whole);

// Whether the format can hold the Resource of the draft; a problem is told. LwM2M Core §7.4: text,
// opaque and CBOR hold one value, opaque only octets.
void check_content_format(const document::Node& node, model::ContentFormat format,
                          model::ResourceId resource, const Draft& draft);

}  // namespace provisioning
