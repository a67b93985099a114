// What a peer shows: a Certificate message with its last certificate for our authority, and the
// same octets as a raw public key. The input is the message.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "server/dtls/certificate_message.h"
#include "server/dtls/peer_verifier.h"

namespace {

void check(const dtls::Judgement& judgement) {
    if (judgement.claim.verified != (judgement.authority == X509_V_OK)) std::abort();
    if (judgement.claim.verified != judgement.claim.why_not.empty()) std::abort();
    if (judgement.claim.endpoint.size() > 255) std::abort();
    if (judgement.claim.endpoint.find('\0') != std::string::npos) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const wire::Bytes message(data, data + size);
    if (const auto key = dtls::raw_public_key(message))
        if (const auto judgement = dtls::PeerVerifier::judge_key(*key)) check(*judgement);
    const auto chain = dtls::certificate_chain(message);
    if (!chain || chain->empty()) return 0;
    if (chain->size() > dtls::max_chain) std::abort();
    for (const auto name :
         {dtls::PeerVerification::Name::common_name, dtls::PeerVerification::Name::dns_name,
          dtls::PeerVerification::Name::uri}) {
        dtls::PeerVerification settings;
        settings.name = name;
        settings.authorities.emplace_back(chain->back().begin(), chain->back().end());
        settings.revocations.emplace_back(chain->front().begin(), chain->front().end());
        if (!dtls::PeerVerifier::make(settings)) settings.revocations.clear();
        if (!dtls::PeerVerifier::make(settings)) settings.authorities.clear();
        const auto verifier = dtls::PeerVerifier::make(settings);
        if (!verifier) std::abort();
        for (const auto as : {dtls::PeerVerifier::As::client, dtls::PeerVerifier::As::server})
            if (const auto judgement = verifier->judge(*chain, as)) check(*judgement);
    }
    return 0;
}
