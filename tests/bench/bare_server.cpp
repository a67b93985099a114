// What a bootstrap costs at the least: OpenSSL, one UDP socket, one thread. No store, no log, no
// JSON, no deduplication; every device has the same key, or a certificate of the same authority,
// and is given the same accounts.
//
//   bench_bare_server PORT                                 DTLS-PSK
//   bench_bare_server PORT CERTIFICATE.pem KEY.pem CA.pem  ECDHE-ECDSA

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <netinet/in.h>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <unordered_map>
#include <vector>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include "tests/bench/coap_bits.h"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t batch = 64;
constexpr std::size_t room = 2048;
constexpr long mtu = 1280;

class Server;

struct Peer {
    Server* server = nullptr;
    sockaddr_in address{};
    SSL* ssl = nullptr;
    Octets incoming;
    bool has_incoming = false;
    bool established = false;
    int step = 0;  // of the plan; 0: not asked yet
    std::uint16_t id = 1;
    std::array<std::uint8_t, 8> token{};
    std::vector<std::uint8_t> request;  // the operation under way
    Clock::time_point sent{};

    ~Peer() { SSL_free(ssl); }
};

std::uint64_t key_of(const sockaddr_in& address) {
    return std::uint64_t{address.sin_addr.s_addr} << 16U | address.sin_port;
}

class Server {
  public:
    explicit Server(std::uint16_t port);
    void use_certificates(const char* chain, const char* key, const char* authority);
    [[noreturn]] void run();
    void send(const sockaddr_in& to, const char* data, int size);

  private:
    static int bio_read(BIO*, char*, int);
    static int bio_write(BIO*, const char*, int);
    static long bio_control(BIO*, int, long, void*);
    static int make_cookie(SSL*, unsigned char*, unsigned*);
    static int check_cookie(SSL*, const unsigned char*, unsigned);
    static unsigned psk(SSL*, const char*, unsigned char*, unsigned);

    std::unique_ptr<Peer> make_peer();
    void receive_all();
    void flush();
    void datagram(const sockaddr_in& from, Octets);
    void hello(const sockaddr_in& from, Octets);
    bool feed(Peer&);  // false: it has ended
    void message(Peer&, Octets);
    void next_operation(Peer&);
    void write(Peer&, const std::vector<std::uint8_t>&);
    void sweep();

    int socket_ = -1;
    BIO_METHOD* method_ = nullptr;
    SSL_CTX* context_ = nullptr;
    BIO_ADDR* nobody_ = BIO_ADDR_new();
    std::array<unsigned char, 32> cookie_key_{};
    std::unique_ptr<Peer> scratch_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Peer>> peers_;
    std::vector<std::uint8_t> text_;

    std::array<std::array<std::uint8_t, room>, batch> in_{};
    std::array<std::array<std::uint8_t, room>, batch> out_{};
    std::array<sockaddr_in, batch> from_{}, to_{};
    std::array<iovec, batch> in_parts_{}, out_parts_{};
    std::array<mmsghdr, batch> in_headers_{}, out_headers_{};
    std::size_t waiting_ = 0;
};

Peer& peer_of(const SSL* ssl) {
    return *static_cast<Peer*>(SSL_get_ex_data(ssl, 0));
}

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

int Server::bio_read(BIO* bio, char* out, int size) {
    auto* peer = static_cast<Peer*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (!peer->has_incoming) {
        BIO_set_retry_read(bio);
        return -1;
    }
    peer->has_incoming = false;
    const std::size_t length = std::min(peer->incoming.size(), static_cast<std::size_t>(size));
    std::memcpy(out, peer->incoming.data(), length);
    return static_cast<int>(length);
}

int Server::bio_write(BIO* bio, const char* data, int size) {
    auto* peer = static_cast<Peer*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    peer->server->send(peer->address, data, size);
    return size;
}

long Server::bio_control(BIO*, int command, long, void*) {
    if (command == BIO_CTRL_FLUSH || command == BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT) return 1;
    if (command == BIO_CTRL_DGRAM_QUERY_MTU) return mtu;
    return 0;
}

int Server::make_cookie(SSL* ssl, unsigned char* out, unsigned* length) {
    const Peer& peer = peer_of(ssl);
    std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
    unsigned size = 0;
    const auto& key = peer.server->cookie_key_;
    const std::uint64_t address = key_of(peer.address);
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(&address), sizeof(address), code.data(), &size);
    *length = 16;
    std::memcpy(out, code.data(), *length);
    return 1;
}

int Server::check_cookie(SSL* ssl, const unsigned char* cookie, unsigned length) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> expected{};
    unsigned size = 0;
    make_cookie(ssl, expected.data(), &size);
    return length == size && CRYPTO_memcmp(cookie, expected.data(), size) == 0 ? 1 : 0;
}

unsigned Server::psk(SSL*, const char*, unsigned char* key, unsigned) {
    std::memcpy(key, device_key.data(), device_key.size());
    return static_cast<unsigned>(device_key.size());
}

Server::Server(std::uint16_t port) : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    const int buffer = 4 * 1024 * 1024;
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
    setsockopt(socket_, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
        fail("bind");

    RAND_bytes(cookie_key_.data(), static_cast<int>(cookie_key_.size()));
    method_ = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "peer");
    BIO_meth_set_read(method_, bio_read);
    BIO_meth_set_write(method_, bio_write);
    BIO_meth_set_ctrl(method_, bio_control);
    context_ = SSL_CTX_new(DTLS_server_method());
    SSL_CTX_set_min_proto_version(context_, DTLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context_, "PSK-AES128-CCM8:@SECLEVEL=0");
    SSL_CTX_set_options(context_, SSL_OP_NO_TICKET | SSL_OP_NO_QUERY_MTU);
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_send_fragment(context_, 1280);
    SSL_CTX_set_psk_server_callback(context_, psk);
    SSL_CTX_set_cookie_generate_cb(context_, make_cookie);
    SSL_CTX_set_cookie_verify_cb(context_, check_cookie);

    for (std::size_t i = 0; i < batch; ++i) {
        in_parts_[i] = {in_[i].data(), room};
        in_headers_[i].msg_hdr.msg_name = &from_[i];
        in_headers_[i].msg_hdr.msg_iov = &in_parts_[i];
        in_headers_[i].msg_hdr.msg_iovlen = 1;
        out_parts_[i] = {out_[i].data(), 0};
        out_headers_[i].msg_hdr.msg_name = &to_[i];
        out_headers_[i].msg_hdr.msg_namelen = sizeof(sockaddr_in);
        out_headers_[i].msg_hdr.msg_iov = &out_parts_[i];
        out_headers_[i].msg_hdr.msg_iovlen = 1;
    }
}

void Server::use_certificates(const char* chain, const char* key, const char* authority) {
    SSL_CTX_set_cipher_list(context_, "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0");
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    if (SSL_CTX_use_certificate_chain_file(context_, chain) == 1 &&
        SSL_CTX_use_PrivateKey_file(context_, key, SSL_FILETYPE_PEM) == 1 &&
        SSL_CTX_load_verify_file(context_, authority) == 1) {
        return;
    }
    ERR_print_errors_fp(stderr);
    std::exit(1);
}

std::unique_ptr<Peer> Server::make_peer() {
    auto peer = std::make_unique<Peer>();
    peer->server = this;
    peer->ssl = SSL_new(context_);
    SSL_set_ex_data(peer->ssl, 0, peer.get());
    BIO* bio = BIO_new(method_);
    BIO_set_data(bio, peer.get());
    BIO_set_init(bio, 1);
    SSL_set_bio(peer->ssl, bio, bio);
    DTLS_set_link_mtu(peer->ssl, mtu);
    SSL_set_accept_state(peer->ssl);
    return peer;
}

void Server::run() {
    const int poll = epoll_create1(0);
    epoll_event event{};
    event.events = EPOLLIN;
    if (epoll_ctl(poll, EPOLL_CTL_ADD, socket_, &event) != 0) fail("epoll_ctl");
    Clock::time_point next_sweep = Clock::now() + 1s;
    for (;;) {
        epoll_wait(poll, &event, 1, 500);
        receive_all();
        if (Clock::now() >= next_sweep) {
            sweep();
            flush();
            next_sweep = Clock::now() + 1s;
        }
    }
}

void Server::receive_all() {
    for (;;) {
        for (mmsghdr& header : in_headers_) header.msg_hdr.msg_namelen = sizeof(sockaddr_in);
        const int count = recvmmsg(socket_, in_headers_.data(), batch, 0, nullptr);
        if (count <= 0) return;
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
            datagram(from_[i], Octets(in_[i]).first(in_headers_[i].msg_len));
        flush();
    }
}

void Server::send(const sockaddr_in& to, const char* data, int size) {
    if (waiting_ == batch) flush();
    const std::size_t length = std::min(static_cast<std::size_t>(size), room);
    std::memcpy(out_[waiting_].data(), data, length);
    out_parts_[waiting_].iov_len = length;
    to_[waiting_] = to;
    ++waiting_;
}

void Server::flush() {
    std::size_t sent = 0;
    while (sent < waiting_) {
        const int count = sendmmsg(socket_, out_headers_.data() + sent,
                                   static_cast<unsigned>(waiting_ - sent), 0);
        if (count <= 0) break;  // lost: somebody repeats it
        sent += static_cast<std::size_t>(count);
    }
    waiting_ = 0;
}

void Server::datagram(const sockaddr_in& from, Octets in) {
    if (in.size() < 14) return;
    const bool is_hello = in[0] == 22 && in[3] == 0 && in[4] == 0 && in[13] == 1;
    const auto found = peers_.find(key_of(from));
    // A hello that is sent again belongs to the handshake that is under way.
    if (is_hello && (found == peers_.end() || found->second->established)) return hello(from, in);
    if (found == peers_.end()) return;
    Peer& peer = *found->second;
    peer.incoming = in;
    peer.has_incoming = true;
    if (!feed(peer)) peers_.erase(found);
}

void Server::hello(const sockaddr_in& from, Octets in) {
    if (!scratch_) scratch_ = make_peer();
    scratch_->address = from;
    scratch_->incoming = in;
    scratch_->has_incoming = true;
    const int result = DTLSv1_listen(scratch_->ssl, nobody_);
    ERR_clear_error();
    if (result <= 0) return;
    if (feed(*scratch_)) peers_[key_of(from)] = std::move(scratch_);
    scratch_.reset();
}

bool Server::feed(Peer& peer) {
    std::array<std::uint8_t, room> plaintext;
    for (;;) {
        const int length = SSL_read(peer.ssl, plaintext.data(), room);
        if (length <= 0) break;
        message(peer, Octets(plaintext).first(static_cast<std::size_t>(length)));
    }
    peer.established = SSL_is_init_finished(peer.ssl) == 1;
    ERR_clear_error();
    return (SSL_get_shutdown(peer.ssl) & SSL_RECEIVED_SHUTDOWN) == 0;
}

void Server::write(Peer& peer, const std::vector<std::uint8_t>& text) {
    SSL_write(peer.ssl, text.data(), static_cast<int>(text.size()));
}

void Server::message(Peer& peer, Octets in) {
    const auto message = parse(in);
    if (!message) return;
    if (message->type == confirmable && message->code == post && message->path_is_bs) {
        Writer(text_).header(acknowledgement, changed, message->id, message->token);
        write(peer, text_);
        if (peer.step == 0) next_operation(peer);
    } else if (message->type == acknowledgement && message->id == peer.id &&
               message->code >> 5U == 2 && std::ranges::equal(message->token, peer.token)) {
        next_operation(peer);
    }
}

// Security and Server accounts in TLV, as long as the daemon's for the profile of run.py.
constexpr std::string_view security_tlv(
    "\xc8\x00\x1a"
    "coaps://dm.example.com:5684"
    "\xc1\x01\x00\xc1\x02\x00\xc8\x03\x0c"
    "bench-000001"
    "\xc8\x05\x10"
    "0123456789abcdef\xc1\x0a\x65",
    70);
constexpr std::string_view server_tlv("\xc1\x00\x65\xc4\x01\x00\x01\x51\x80\xc1\x06\x01\xc1\x07U",
                                      15);

void Server::next_operation(Peer& peer) {
    if (peer.step == 5) {
        peer.step = 6;  // Finish was answered
        peer.id = 0;
        return;
    }
    ++peer.step;
    ++peer.id;
    RAND_bytes(peer.token.data(), static_cast<int>(peer.token.size()));
    Writer out(peer.request);
    if (peer.step == 1)
        out.header(confirmable, get, peer.id, peer.token).option(accept, "\x28");
    else if (peer.step == 2)
        out.header(confirmable, delete_, peer.id, peer.token);
    else if (peer.step == 3)
        out.header(confirmable, put, peer.id, peer.token)
            .option(uri_path, "0")
            .option(uri_path, "1")
            .option(content_format, "\x2d\x16")
            .payload(security_tlv);
    else if (peer.step == 4)
        out.header(confirmable, put, peer.id, peer.token)
            .option(uri_path, "1")
            .option(uri_path, "0")
            .option(content_format, "\x2d\x16")
            .payload(server_tlv);
    else
        out.header(confirmable, post, peer.id, peer.token).option(uri_path, "bs");
    peer.sent = Clock::now();
    write(peer, peer.request);
}

// Repeats what has had no answer: so coarse that it costs nothing, so that a drop recovers.
void Server::sweep() {
    const Clock::time_point now = Clock::now();
    for (const auto& [key, peer] : peers_) {
        if (!peer->established) {
            DTLSv1_handle_timeout(peer->ssl);
        } else if (peer->step > 0 && peer->step < 6 && now - peer->sent > 2s) {
            peer->sent = now;
            write(*peer, peer->request);
        }
    }
    ERR_clear_error();
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
    if (argc != 2 && argc != 5) {
        std::fprintf(stderr, "usage: bench_bare_server PORT [CERTIFICATE.pem KEY.pem CA.pem]\n");
        return 2;
    }
    bench::Server server(static_cast<std::uint16_t>(std::strtoul(argv[1], nullptr, 10)));
    if (argc == 5) server.use_certificates(argv[2], argv[3], argv[4]);
    server.run();
}
