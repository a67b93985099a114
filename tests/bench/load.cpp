// Devices that bootstrap over DTLS, many at a time, in one process on OpenSSL: each opens an
// association from a port of its own, asks for its bootstrap and answers every operation.
//
//   bench_load PORT BOOTSTRAPS CONCURRENCY [FIRST [keep] [ecdsa CA.pem CA.key]]
//
// Device I calls itself bench-00000I, in `ep` and as PSK identity, or as CN of a certificate that
// it makes itself by the authority given. `keep` leaves the associations open, and the process
// waits for the end of its standard input. Prints one line of JSON; fails when a device was not
// told Finish after at least one Write.

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tests/bench/coap_bits.h"
#include "tests/bench/issuer.h"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t room = 4096;
constexpr auto give_up = 120s;

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

struct Options {
    std::uint16_t port = 0;
    std::size_t bootstraps = 0;
    std::size_t concurrency = 0;
    std::size_t first = 0;
    bool keep = false;
    std::optional<Issuer> issuer;  // of certificates instead of PSKs
};

struct Counts {
    std::size_t finished = 0;
    std::size_t failed = 0;
    std::size_t repeated = 0;  // messages and flights sent again
};

// One device, from its first hello to Finish.
class Device {
  public:
    enum class State { handshake, asking, served, finished, failed };

    Device(SSL_CTX*, BIO_METHOD*, const Options&, std::size_t number);
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;
    ~Device();

    void read();
    void sweep(Counts&);
    void close() { SSL_shutdown(ssl_); }
    State state() const { return state_; }
    int socket() const { return socket_; }
    const std::string& name() const { return name_; }

  private:
    void ask();
    void message(Octets);
    void write() { SSL_write(ssl_, text_.data(), static_cast<int>(text_.size())); }

    int socket_ = -1;
    SSL* ssl_ = nullptr;
    std::string name_;
    State state_ = State::handshake;
    std::size_t writes_ = 0;
    Clock::time_point begun_ = Clock::now();
    Clock::time_point asked_{};
    std::vector<std::uint8_t> text_;
};

int socket_of(BIO* bio) {
    return static_cast<const Device*>(BIO_get_data(bio))->socket();
}

int bio_read(BIO* bio, char* out, int size) {
    BIO_clear_retry_flags(bio);
    const ssize_t length = recv(socket_of(bio), out, static_cast<std::size_t>(size), 0);
    if (length < 0) BIO_set_retry_read(bio);
    return static_cast<int>(length);
}

int bio_write(BIO* bio, const char* data, int size) {
    BIO_clear_retry_flags(bio);
    // What the kernel does not take is lost, as on any network.
    static_cast<void>(!send(socket_of(bio), data, static_cast<std::size_t>(size), 0));
    return size;
}

long bio_control(BIO*, int command, long, void*) {
    if (command == BIO_CTRL_FLUSH || command == BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT) return 1;
    if (command == BIO_CTRL_DGRAM_QUERY_MTU) return 1280;
    return 0;
}

unsigned psk(SSL* ssl, const char*, char* identity, unsigned, unsigned char* key, unsigned) {
    const auto* device = static_cast<const Device*>(SSL_get_ex_data(ssl, 0));
    std::memcpy(identity, device->name().c_str(), device->name().size() + 1);
    std::memcpy(key, device_key.data(), device_key.size());
    return static_cast<unsigned>(device_key.size());
}

Device::Device(SSL_CTX* context, BIO_METHOD* method, const Options& options, std::size_t number)
    : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), "bench-%06zu", number);
    name_ = name.data();
    sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_port = htons(options.port);
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (socket_ < 0 ||
        connect(socket_, reinterpret_cast<const sockaddr*>(&server), sizeof(server)) != 0)
        fail("a device's socket");
    ssl_ = SSL_new(context);
    SSL_set_ex_data(ssl_, 0, this);
    if (options.issuer) options.issuer->equip(ssl_, name_);
    BIO* bio = BIO_new(method);
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_, bio, bio);
    DTLS_set_link_mtu(ssl_, 1280);
    SSL_set_connect_state(ssl_);
}

Device::~Device() {
    SSL_free(ssl_);
    ::close(socket_);
}

void Device::read() {
    std::array<std::uint8_t, room> plaintext;
    for (;;) {
        const int length = SSL_read(ssl_, plaintext.data(), room);
        if (state_ == State::handshake && SSL_is_init_finished(ssl_) == 1) {
            state_ = State::asking;
            ask();
        }
        if (length <= 0) break;
        message(Octets(plaintext).first(static_cast<std::size_t>(length)));
    }
    ERR_clear_error();
    if (state_ != State::finished && SSL_get_shutdown(ssl_) != 0) state_ = State::failed;
}

void Device::ask() {
    constexpr std::array<std::uint8_t, 2> token{0xB0, 0x07};
    asked_ = Clock::now();
    Writer(text_)
        .header(confirmable, post, 1, token)
        .option(uri_path, "bs")
        .option(uri_query, "ep=" + name_);
    write();
}

void Device::message(Octets in) {
    const auto got = parse(in);
    if (!got) return;
    if (got->code >> 5U >= 4) {
        state_ = State::failed;
        return;
    }
    if (got->code == changed && state_ == State::asking) state_ = State::served;
    if (got->type != confirmable) return;
    Writer out(text_);
    if (got->code == get)
        out.header(acknowledgement, content, got->id, got->token)
            .option(content_format, "\x28")
            .payload("</>;lwm2m=1.1,</0/0>,</1>,</3/0>");
    else if (got->code == delete_)
        out.header(acknowledgement, deleted, got->id, got->token);
    else if (got->code == put || got->code == post)
        out.header(acknowledgement, changed, got->id, got->token);
    else
        out.header(acknowledgement, 0, got->id, {});  // a separate 2.04
    write();
    if (got->code == put) ++writes_;
    if (got->code == post && state_ != State::finished)
        state_ = writes_ > 0 && state_ == State::served ? State::finished : State::failed;
}

void Device::sweep(Counts& counts) {
    const Clock::time_point now = Clock::now();
    if (state_ == State::handshake) {
        if (DTLSv1_handle_timeout(ssl_) > 0) ++counts.repeated;
        ERR_clear_error();
    } else if (state_ == State::asking && now - asked_ > 2s) {
        ++counts.repeated;
        ask();
    }
    if (now - begun_ > give_up) state_ = State::failed;
}

class Load {
  public:
    explicit Load(Options);
    ~Load();
    bool run();

  private:
    void begin();
    void settle(std::unique_ptr<Device>&);

    const Options options_;
    SSL_CTX* context_;
    BIO_METHOD* method_;
    const int poll_;
    std::size_t begun_ = 0;
    Counts counts_;
    std::vector<std::unique_ptr<Device>> running_;  // a null one is a free slot
    std::vector<std::size_t> free_;
    std::vector<std::unique_ptr<Device>> kept_;
};

Load::Load(Options options)
    : options_(std::move(options)),
      context_(SSL_CTX_new(DTLS_client_method())),
      method_(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "device")),
      poll_(epoll_create1(0)) {
    BIO_meth_set_read(method_, bio_read);
    BIO_meth_set_write(method_, bio_write);
    BIO_meth_set_ctrl(method_, bio_control);
    SSL_CTX_set_min_proto_version(context_, DTLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context_, options_.issuer ? "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0"
                                                      : "PSK-AES128-CCM8:@SECLEVEL=0");
    SSL_CTX_set_options(context_, SSL_OP_NO_QUERY_MTU);
    SSL_CTX_set_psk_client_callback(context_, psk);
    running_.resize(options_.concurrency);
    for (std::size_t slot = 0; slot < options_.concurrency; ++slot) free_.push_back(slot);
}

Load::~Load() {
    running_.clear();
    kept_.clear();
    SSL_CTX_free(context_);
    BIO_meth_free(method_);
    close(poll_);
}

void Load::begin() {
    while (!free_.empty() && begun_ < options_.bootstraps) {
        const std::size_t slot = free_.back();
        free_.pop_back();
        auto device =
            std::make_unique<Device>(context_, method_, options_, options_.first + begun_++);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = slot;
        if (epoll_ctl(poll_, EPOLL_CTL_ADD, device->socket(), &event) != 0) fail("epoll_ctl");
        device->read();
        running_[slot] = std::move(device);
    }
}

// Gives the slot free when its device is done.
void Load::settle(std::unique_ptr<Device>& device) {
    if (device->state() == Device::State::finished)
        ++counts_.finished;
    else if (device->state() == Device::State::failed)
        ++counts_.failed;
    else
        return;
    free_.push_back(static_cast<std::size_t>(&device - running_.data()));
    if (!options_.keep) {
        device->close();
        device.reset();
        return;
    }
    epoll_ctl(poll_, EPOLL_CTL_DEL, device->socket(), nullptr);
    kept_.push_back(std::move(device));
}

bool Load::run() {
    const Clock::time_point start = Clock::now();
    Clock::time_point next_sweep = start + 100ms;
    std::array<epoll_event, 256> events{};
    while (counts_.finished + counts_.failed < options_.bootstraps) {
        begin();
        const int ready = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), 100);
        for (std::size_t i = 0; i < static_cast<std::size_t>(ready < 0 ? 0 : ready); ++i) {
            std::unique_ptr<Device>& device = running_[events[i].data.u64];
            if (!device) continue;
            device->read();
            settle(device);
        }
        if (Clock::now() < next_sweep) continue;
        for (std::unique_ptr<Device>& device : running_) {
            if (!device) continue;
            device->sweep(counts_);
            settle(device);
        }
        next_sweep = Clock::now() + 100ms;
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    std::printf("{\"finished\": %zu, \"failed\": %zu, \"repeated\": %zu, \"seconds\": %.3f}\n",
                counts_.finished, counts_.failed, counts_.repeated, seconds);
    std::fflush(stdout);
    if (options_.keep)
        while (std::getchar() != EOF) {
        }
    return counts_.failed == 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
    if (argc < 4) {
        std::fprintf(
            stderr,
            "usage: bench_load PORT BOOTSTRAPS CONCURRENCY [FIRST [keep] [ecdsa CA.pem CA.key]]\n");
        return 2;
    }
    const auto number = [&](int index) { return std::strtoul(argv[index], nullptr, 10); };
    bench::Options options;
    options.port = static_cast<std::uint16_t>(number(1));
    options.bootstraps = number(2);
    options.concurrency = number(3);
    if (argc > 4) options.first = number(4);
    for (int at = 5; at < argc; ++at) {
        if (std::string_view(argv[at]) == "keep") options.keep = true;
        if (std::string_view(argv[at]) == "ecdsa" && at + 2 < argc)
            options.issuer.emplace(argv[at + 1], argv[at + 2]);
    }
    bench::Load load(std::move(options));
    return load.run() ? 0 : 1;
}
