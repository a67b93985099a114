#include "server/outbound/signing.h"

#include "server/crypto/digest.h"

namespace outbound {

std::string signature(std::string_view timestamp, std::string_view body,
                      const model::Secret& secret) {
    std::string message(timestamp);
    (message += '.') += body;
    return "v1=" + wire::to_hex(crypto::hmac_sha256(secret.reveal(), wire::as_bytes(message)));
}

std::vector<Header> message_headers(const store::Delivery& delivery, std::chrono::sys_seconds now,
                                    const std::optional<model::Secret>& secret) {
    const std::string timestamp = std::to_string(now.time_since_epoch().count());
    std::vector<Header> headers = {
        {"Content-Type", "application/json"},
        {"Lwm2m-Bootstrap-Event", delivery.item.kind},
        {"Lwm2m-Bootstrap-Delivery", std::to_string(delivery.sequence)},
        {"Lwm2m-Bootstrap-Timestamp", timestamp},
    };
    if (secret)
        headers.emplace_back("Lwm2m-Bootstrap-Signature",
                             signature(timestamp, delivery.item.body, *secret));
    return headers;
}

}  // namespace outbound
