#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "provisioning/model/secret.h"
#include "provisioning/store/records.h"
#include "server/outbound/client.h"

// What the receiver of a webhook's message, or of a key, can check: that a message is the daemon's,
// is whole and is recent.
//
//   Lwm2m-Bootstrap-Event: session.ended
//   Lwm2m-Bootstrap-Delivery: 4711          the same for every attempt, never for another message
//   Lwm2m-Bootstrap-Timestamp: 1767225600   seconds since 1970, of this attempt
//   Lwm2m-Bootstrap-Signature: v1=<hex>     HMAC-SHA-256 of timestamp + "." + body
//
// The last one is there where there is a secret, which is the HMAC's key as it is.
namespace outbound {

// "v1=" and 64 hexadecimal digits.
std::string signature(std::string_view timestamp, std::string_view body, const model::Secret&);

// `delivery`: what tells a repetition.
std::vector<Header> signed_headers(std::string_view kind, std::string_view delivery,
                                   std::chrono::sys_seconds now, std::string_view body,
                                   const std::optional<model::Secret>& secret);
std::vector<Header> message_headers(const store::Delivery&, std::chrono::sys_seconds now,
                                    const std::optional<model::Secret>& secret);

}  // namespace outbound
