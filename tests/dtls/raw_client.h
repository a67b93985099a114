#pragma once

#include <string>
#include <vector>

#include "server/dtls/datagram_bio.h"
#include "tests/dtls/peers.h"
#include "tests/support/pki.h"

typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;

namespace dtls::testing {

// A device on bare OpenSSL with its defaults, none of our settings: what a peer may do that our
// own dial role never does.
class RawClient {
  public:
    struct Options {
        std::string ciphers = "PSK-AES128-CCM8";
        unsigned char max_fragment = 0;  // RFC 6066 §4: 1 to 4
        bool renegotiation = false;
        const support::Holder* own = nullptr;  // its certificate; outlives it
        std::string server_name = {};          // SNI
        bool dtls_1_0 = false;
    };
    explicit RawClient(Psk, const Options&);
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;
    ~RawClient();

    void begin();
    void receive(wire::BytesView datagram);
    void send(std::string_view plaintext);
    bool established() const;
    // Of the fatal alert that came; empty: none did.
    const std::string& alert() const { return alert_; }
    // DER of the server's certificate, and the number of certificates that came.
    wire::Bytes server_certificate() const;
    int server_chain() const;
    SSL* ssl() const { return ssl_; }

    struct Out {
        std::vector<wire::Bytes> datagrams;
        std::vector<wire::Bytes> plaintexts;
    } out;

  private:
    static unsigned int give_key(SSL*, const char*, char*, unsigned int, unsigned char*,
                                 unsigned int);
    static void note(const SSL*, int where, int value);
    void show(const Options&);
    void read();

    std::string alert_;
    Psk own_;
    DatagramPipe pipe_;
    BIO_METHOD* method_;
    SSL_CTX* context_;
    SSL* ssl_;
};

}  // namespace dtls::testing
