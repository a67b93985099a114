#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "provisioning/model/content_format.h"
#include "provisioning/model/definitions.h"
#include "server/coap/types.h"

// The words that operators read and write for numbers.
namespace explain {

// As the registry writes it: "Objlnk". Empty for a Resource that is executed.
std::string_view type_name(model::ResourceType);

// "tlv"; "format 60000" for one that LwM2M does not use.
std::string format_name(std::uint16_t number);
// From the word or the number.
std::optional<model::ContentFormat> format_called(std::string_view text);
// "PUT", "2.04 Changed"; the number alone for one that RFC 7252 and RFC 7959 do not name.
std::string code_name(coap::Code);
// Every word, for who wrote none of them: "text, link-format, …".
std::string format_names();

}  // namespace explain
