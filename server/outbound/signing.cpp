#include "server/outbound/signing.h"

#include <utility>

#include "server/crypto/digest.h"

namespace outbound {

// What is signed may be a secret itself: nothing of it is left behind.
std::string signature(std::string_view timestamp, std::string_view body,
                      const model::Secret& secret) {
    wire::Bytes octets;
    octets.reserve(timestamp.size() + 1 + body.size());
    octets.insert(octets.end(), timestamp.begin(), timestamp.end());
    octets.push_back('.');
    octets.insert(octets.end(), body.begin(), body.end());
    const model::Secret message(std::move(octets));
    return "v1=" + wire::to_hex(crypto::hmac_sha256(secret.reveal(), message.reveal()));
}

std::vector<Header> signed_headers(std::string_view kind, std::string_view delivery,
                                   std::chrono::sys_seconds now, std::string_view body,
                                   const std::optional<model::Secret>& secret) {
    const std::string timestamp = std::to_string(now.time_since_epoch().count());
    std::vector<Header> headers = {
        {"Content-Type", "application/json"},
        {"Lwm2m-Bootstrap-Event", std::string(kind)},
        {"Lwm2m-Bootstrap-Delivery", std::string(delivery)},
        {"Lwm2m-Bootstrap-Timestamp", timestamp},
    };
    if (secret)
        headers.emplace_back("Lwm2m-Bootstrap-Signature", signature(timestamp, body, *secret));
    return headers;
}

std::vector<Header> message_headers(const store::Delivery& delivery, std::chrono::sys_seconds now,
                                    const std::optional<model::Secret>& secret) {
    return signed_headers(delivery.item.kind, std::to_string(delivery.sequence), now,
                          delivery.item.body, secret);
}

}  // namespace outbound
