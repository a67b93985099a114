#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <coap3/coap.h>

#include "tests/interop/libcoap_peer.h"

// How the libcoap device is to behave.
namespace interop {

enum class Mode { ask, pack, hold, silent, listen };

struct Options {
    Mode mode = Mode::ask;
    std::string server;
    std::string endpoint;
    std::vector<std::string> queries;
    std::string identity;
    std::string key;                      // octets
    std::optional<PublicKey> public_key;  // instead of them
    bool registers = false;
    std::string address = "127.0.0.1";  // its own, with `port`
    std::uint16_t port = 0;
    double timeout = 60;
    double linger = 0.2;
    double ack_timeout = 0;  // 0: libcoap's own
    double lifetime = 0;     // 0: waits for a Finish for ever
    bool keeps = false;      // what came without a Finish
    unsigned account = 0;
    std::string enabler = "1.1";
    std::vector<std::string> factory;
    std::map<std::string, coap_pdu_code_t> refusals;  // "PUT:/0/1"
    std::vector<std::uint16_t> formats;               // of Writes that it takes; empty: any
    std::uint16_t accept = 112;                       // of a Bootstrap-Pack
    bool strict = false;                              // 4.02 to any query of an operation (Anjay)
};

// Nothing when the command line is wrong, or asked for help; what to do was printed.
std::optional<Options> parse_options(int argc, char** argv);

}  // namespace interop
