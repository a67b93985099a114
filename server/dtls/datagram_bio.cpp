#include "server/dtls/datagram_bio.h"

#include <algorithm>

#include <openssl/bio.h>

namespace dtls {
namespace {

DatagramPipe* pipe_of(BIO* bio) {
    return static_cast<DatagramPipe*>(BIO_get_data(bio));
}

int read_datagram(BIO* bio, char* out, int size) {
    BIO_clear_retry_flags(bio);
    DatagramPipe* pipe = pipe_of(bio);
    if (size < 0) return -1;
    if (!pipe->incoming) {
        BIO_set_retry_read(bio);
        return -1;
    }
    // What does not fit is cut off, as by recv(): the record in it then fails its check.
    const wire::BytesView datagram = *pipe->incoming;
    pipe->incoming.reset();
    const std::size_t length = std::min(datagram.size(), static_cast<std::size_t>(size));
    std::copy_n(datagram.begin(), length, reinterpret_cast<std::uint8_t*>(out));
    return static_cast<int>(length);
}

int write_datagram(BIO* bio, const char* data, int size) {
    BIO_clear_retry_flags(bio);
    DatagramPipe* pipe = pipe_of(bio);
    if (size < 0) return -1;
    if (pipe->outgoing != nullptr) {
        const auto* octets = reinterpret_cast<const std::uint8_t*>(data);
        pipe->outgoing->emplace_back(octets, octets + size);
    }
    return size;
}

long control(BIO* bio, int command, long, void*) {
    switch (command) {
        case BIO_CTRL_FLUSH:
        case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT:
            return 1;
        // Left unanswered, flights leave in datagrams of 256 octets.
        case BIO_CTRL_DGRAM_QUERY_MTU:
        case BIO_CTRL_DGRAM_GET_MTU:
        case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
            return static_cast<long>(pipe_of(bio)->mtu);
        // BIO_CTRL_DGRAM_GET_MTU_OVERHEAD too: Settings::mtu does not count IP and UDP headers.
        default:
            return 0;
    }
}

}  // namespace

BIO_METHOD* make_datagram_method() {
    // Without an index of its own: those are few and a process may make many contexts; the type
    // only serves BIO_find_type().
    BIO_METHOD* method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "one datagram a call");
    if (method == nullptr) return nullptr;
    BIO_meth_set_read(method, read_datagram);
    BIO_meth_set_write(method, write_datagram);
    BIO_meth_set_ctrl(method, control);
    return method;
}

BIO* make_datagram_bio(const BIO_METHOD* method, DatagramPipe& pipe) {
    BIO* bio = BIO_new(method);
    if (bio == nullptr) return nullptr;
    BIO_set_data(bio, &pipe);
    BIO_set_init(bio, 1);
    return bio;
}

}  // namespace dtls
