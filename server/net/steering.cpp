// The program of a reuseport group, in classic BPF. It runs with the network header at SKF_NET_OFF
// and leaves the index of the socket, which is the number of the shard, in its result:
//
//   v4:  ports and addresses of       +0 version, IHL   +12 source address
//        RFC 791, RFC 768             +IHL*4 source port
//   v6:  RFC 8200                     +8 source address, 4 words   +40 source port
//
//   owner = ((port ^ folded address) * key >> 16) mod shards
//
// Extension headers of IPv6 put other octets where the port is expected: such a datagram reaches
// another shard and is handed over.
#include "server/net/steering.h"

#include <array>
#include <cstddef>
#include <linux/filter.h>
#include <sys/socket.h>

namespace net {
namespace {

constexpr std::uint32_t network_header = static_cast<std::uint32_t>(SKF_NET_OFF);

constexpr sock_filter statement(unsigned code, std::uint32_t k) {
    return {static_cast<std::uint16_t>(code), 0, 0, k};
}
constexpr sock_filter load_word(std::uint32_t offset) {
    return statement(BPF_LD | BPF_W | BPF_ABS, network_header + offset);
}
constexpr sock_filter arithmetic(unsigned operation, std::uint32_t k) {
    return statement(BPF_ALU | operation | BPF_K, k);
}
constexpr sock_filter xor_x() {
    return statement(BPF_ALU | BPF_XOR | BPF_X, 0);
}
constexpr sock_filter to_x() {
    return statement(BPF_MISC | BPF_TAX, 0);
}

std::uint32_t word(const std::array<std::uint8_t, 16>& octets, std::size_t at) {
    return static_cast<std::uint32_t>(octets[at]) << 24 |
           static_cast<std::uint32_t>(octets[at + 1]) << 16 |
           static_cast<std::uint32_t>(octets[at + 2]) << 8 | octets[at + 3];
}

}  // namespace

Steering::Steering(std::uint16_t shards, std::uint32_t key) : shards_(shards), key_(key | 1U) {}

std::uint16_t Steering::owner(const wire::SocketAddress& remote) const {
    if (shards_ <= 1) return 0;
    const auto& octets = remote.ip.octets();
    // The unused octets of an IPv4 address are 0.
    const std::uint32_t address =
        word(octets, 0) ^ word(octets, 4) ^ word(octets, 8) ^ word(octets, 12);
    return static_cast<std::uint16_t>(((remote.port ^ address) * key_ >> 16) % shards_);
}

bool Steering::attach(int socket) const {
    if (shards_ <= 1) return true;
    std::array program = {
        statement(BPF_LD | BPF_B | BPF_ABS, network_header),
        arithmetic(BPF_RSH, 4),
        sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 8, 0, 6},
        // IPv4
        load_word(12),
        statement(BPF_ST, 0),
        statement(BPF_LD | BPF_B | BPF_ABS, network_header),
        arithmetic(BPF_AND, 15),
        arithmetic(BPF_LSH, 2),
        to_x(),
        statement(BPF_LD | BPF_H | BPF_IND, network_header),
        statement(BPF_JMP | BPF_JA, 12),
        // IPv6
        load_word(8),
        to_x(),
        load_word(12),
        xor_x(),
        to_x(),
        load_word(16),
        xor_x(),
        to_x(),
        load_word(20),
        xor_x(),
        statement(BPF_ST, 0),
        statement(BPF_LD | BPF_H | BPF_ABS, network_header + 40),
        // mix
        statement(BPF_LDX | BPF_MEM, 0),
        xor_x(),
        arithmetic(BPF_MUL, key_),
        arithmetic(BPF_RSH, 16),
        arithmetic(BPF_MOD, shards_),
        statement(BPF_RET | BPF_A, 0),
    };
    const sock_fprog attached{static_cast<unsigned short>(program.size()), program.data()};
    return ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &attached, sizeof attached) ==
           0;
}

}  // namespace net
