#include "server/dtls/dtls.h"

namespace dtls {

const std::vector<std::string>& default_cipher_suites() {
    static const std::vector<std::string> suites{
        "PSK-AES128-CCM8",         "PSK-AES128-CBC-SHA256",     "PSK-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES128-CCM8", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"};
    return suites;
}

}  // namespace dtls
