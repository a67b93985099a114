#include "server/dtls/errors.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace dtls {

void forget_errors() {
    if (ERR_peek_error() != 0) ERR_clear_error();
}

OpenSslError take_error() {
    OpenSslError error;
    const unsigned long code = ERR_peek_error();
    ERR_clear_error();
    if (code == 0) {
        error.text = "no reason known";
        return error;
    }
    const int reason = ERR_GET_REASON(code);
    if (ERR_GET_LIB(code) == ERR_LIB_SSL && reason >= SSL_AD_REASON_OFFSET &&
        reason < SSL_AD_REASON_OFFSET + 256) {
        error.alert = reason - SSL_AD_REASON_OFFSET;
        error.text = std::string("alert ") + SSL_alert_desc_string_long(error.alert);
        return error;
    }
    error.no_certificate =
        ERR_GET_LIB(code) == ERR_LIB_SSL && reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE;
    const char* text = ERR_reason_error_string(code);
    error.text = text != nullptr ? text : "OpenSSL error " + std::to_string(code);
    return error;
}

}  // namespace dtls
