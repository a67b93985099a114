#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/system/result.hpp>

#include "server/dtls/dtls.h"
#include "server/dtls/openssl_owned.h"

namespace dtls {

// What tells one certificate or raw public key from others.
struct Prints {
    crypto::Sha256 key{};                       // of the SubjectPublicKeyInfo
    std::optional<crypto::Sha256> certificate;  // of the DER
    friend bool operator==(const Prints&, const Prints&) = default;
};

// What was found out about what a peer shows. The results are OpenSSL's X509_V_… codes.
struct Judgement {
    PublicKeyClaim claim;
    int authority = X509_V_ERR_UNSPECIFIED;  // issued by one of ours, in force, not revoked
    int time = X509_V_ERR_UNSPECIFIED;       // its own time alone; good for a raw public key
};

// Looks at the certificates of peers, by the settings. Used by one thread.
class PeerVerifier {
  public:
    enum class As { client, server };  // what the peer is in the handshake

    static boost::system::result<PeerVerifier, std::string> make(const PeerVerification&);

    // Of a chain in DER, the peer's own first; nothing: that one cannot be read.
    std::optional<Judgement> judge(const std::vector<wire::BytesView>& chain, As) const;
    // The stack may hold the leaf, too.
    std::optional<Judgement> judge(X509* leaf, STACK_OF(X509) * others, As) const;

    // Nothing: OpenSSL cannot write it.
    static std::optional<Prints> prints(const X509*);
    static std::optional<Prints> prints(const EVP_PKEY*);

    // Of a SubjectPublicKeyInfo; nothing: it cannot be read.
    static std::optional<Judgement> judge_key(wire::BytesView info);
    static std::optional<Judgement> judge_key(const EVP_PKEY*);

  private:
    PeerVerifier() = default;
    int verify(X509* leaf, STACK_OF(X509) * others, As) const;
    int verify(X509* leaf, STACK_OF(X509) * others, int purpose) const;

    Owned<X509_STORE> store_;
    bool authorities_ = false;
    bool needs_revocations_ = false;
    bool revocations_ = false;
    PeerVerification::Name name_{};
};

// Whether a peer that we dialled is the expected one: X509_V_OK, or why it is not.
int check_expected(const Judgement&, const ExpectedPeer&);
// What a claim is worth under the trust that the look-up gave it.
int check_trust(const Judgement&, Trust);

}  // namespace dtls
