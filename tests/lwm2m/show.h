#pragma once

#include <string>

#include "server/lwm2m/payload.h"

namespace lwm2m {

// A Content as a text that tells every type from every other: integer 1, floating-point 1f, Time
// t1, Object Link 1:2, text "x", octets h'00', true; "{0: …}" for what has ids. A Secret is not
// shown. Two Contents are the same when their texts are.
std::string show(const model::Single& single);
std::string show(const Content& content);
// "error 3" for the fourth enumerator.
std::string show(const boost::system::result<Content, PayloadErrc>& result);

}  // namespace lwm2m
