#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "provisioning/model/content_format.h"
#include "server/coap/request.h"

// The words of a session's causes and notes.
namespace bootstrap {

// "no answer".
std::string_view describe(coap::Failure failure);

// "SenML CBOR".
std::string_view display_name(model::ContentFormat format);

// Of a Finish that was answered 4.06, with the first of what the plan's own check says.
std::string why_refused(const std::vector<std::string>& findings);

}  // namespace bootstrap
