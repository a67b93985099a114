#pragma once

#include <string>
#include <vector>

#include "server/dtls/dtls.h"

typedef struct x509_st X509;

// The names in a certificate that OpenSSL has read. What a peer put there may be anything: a name
// with a control character, a zero octet too, or above the length of an endpoint name is none.
namespace dtls {

std::vector<std::string> dns_names(const X509*);

// By the rule; empty where there is none or several.
std::string endpoint_name(const X509*, PeerVerification::Name);

// RFC 2253; empty above max_issuer octets.
inline constexpr std::size_t max_issuer = 1024;
std::string issuer_name(const X509*);

}  // namespace dtls
