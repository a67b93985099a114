#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "server/wire/bytes.h"

typedef struct bio_st BIO;
typedef struct bio_method_st BIO_METHOD;

namespace dtls {

// Between OpenSSL and the caller: one datagram a read, one datagram a write. OpenSSL's own memory
// BIO keeps no boundaries, and its datagram BIO wants a socket.
struct DatagramPipe {
    std::optional<wire::BytesView> incoming;  // taken by the next read; outlives the call into SSL
    std::vector<wire::Bytes>* outgoing = nullptr;  // null: what is written is lost
    std::size_t mtu = 0;                           // answered to OpenSSL's queries
};

// Freed by BIO_meth_free(); outlives every BIO made with it. Null when out of memory.
BIO_METHOD* make_datagram_method();
// A BIO for reading and writing; the pipe outlives it. Null when out of memory.
BIO* make_datagram_bio(const BIO_METHOD*, DatagramPipe&);

}  // namespace dtls
