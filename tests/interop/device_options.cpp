#include "tests/interop/device_options.h"

#include <utility>

#include <CLI/CLI.hpp>

namespace interop {
namespace {

std::string octets_of(const std::string& path) {
    if (path.empty()) return {};
    auto octets = read_file(path);
    if (!octets) throw CLI::ValidationError(path, "cannot be read");
    return std::move(*octets);
}

Options parse(int argc, char** argv, CLI::App& app) {
    Options options;
    const std::map<std::string, Mode> modes = {{"ask", Mode::ask},
                                               {"pack", Mode::pack},
                                               {"hold", Mode::hold},
                                               {"silent", Mode::silent},
                                               {"listen", Mode::listen}};
    std::string key;
    std::vector<std::string> refusals;
    app.add_option(
           "mode", options.mode,
           "ask: send the Bootstrap-Request; pack: ask for a Bootstrap-Pack, and without one "
           "send the Bootstrap-Request; hold: open the association and wait; silent: "
           "wait on a port; listen: wait as DTLS server")
        ->required()
        ->transform(CLI::CheckedTransformer(modes));
    app.add_option("--server", options.server, "coap://127.0.0.1:5683, coaps://[::1]:5684");
    app.add_option("--ep", options.endpoint, "endpoint name");
    app.add_option("--query", options.queries, "a further query of the request, pct=11542");
    app.add_option("--identity", options.identity, "PSK identity");
    app.add_option("--key", key, "pre-shared key in hexadecimal");
    PublicKey shown;
    std::string certificate;
    std::string private_key;
    std::string authority;
    app.add_option("--certificate", certificate,
                   "instead of a PSK: its certificate, or of a raw public key the "
                   "SubjectPublicKeyInfo; a file of DER");
    app.add_option("--private-key", private_key, "the private key to it, a file of DER");
    app.add_option("--ca", authority, "what the peer's certificate comes from, a file of DER");
    app.add_flag("--raw", shown.raw, "a raw public key, RFC 7250");
    app.add_option("--sni", shown.sni, "the name that it asks the server for");
    app.add_flag("--register", options.registers,
                 "bootstrapped, it registers where it was told to, with what it was given");
    app.add_option("--address", options.address, "own IPv4 address, 0.0.0.0 for all of them")
        ->check(CLI::ValidIPV4);
    app.add_option("--port", options.port, "own UDP port");
    app.add_option("--timeout", options.timeout, "seconds to wait for all of it");
    app.add_option("--linger", options.linger, "seconds to go on answering after the end");
    app.add_option("--ack-timeout", options.ack_timeout, "own ACK_TIMEOUT in seconds");
    app.add_option("--lifetime", options.lifetime,
                   "seconds without a message after which it gives up, going back to what it had");
    app.add_flag("--keeps", options.keeps,
                 "after the lifetime it keeps what it was given, as the change request has it");
    app.add_option("--bs-instance", options.account, "the Bootstrap-Server's Security instance");
    app.add_option("--enabler", options.enabler, "1.0, 1.1 or 1.2");
    app.add_option("--has", options.factory, "a further instance from the factory, '/1/7;ssid=7'");
    app.add_option("--refuse", refusals, "answer an operation so: PUT:/0/1=4.00");
    app.add_option("--format", options.formats,
                   "a content format that it takes Writes in, else 4.15; none: all of them");
    app.add_option("--accept", options.accept, "the content format of a Bootstrap-Pack");
    app.add_flag("--strict", options.strict, "answers 4.02 to an operation with a query");
    app.parse(argc, argv);

    const auto octets = from_hex(key);
    if (!octets) throw CLI::ValidationError("--key", "is not hexadecimal");
    options.key = *octets;
    if (!certificate.empty()) {
        shown.certificate = octets_of(certificate);
        shown.key = octets_of(private_key);
        shown.authority = octets_of(authority);
        options.public_key = shown;
    }
    for (const std::string& refusal : refusals) {
        const std::size_t equals = refusal.rfind('=');
        const auto code = parse_code(equals == std::string::npos ? "" : refusal.substr(equals + 1));
        if (!code) throw CLI::ValidationError("--refuse", "is not METHOD:PATH=CODE");
        options.refusals[refusal.substr(0, equals)] = *code;
    }
    return options;
}

}  // namespace

std::optional<Options> parse_options(int argc, char** argv) {
    CLI::App app{"A LwM2M device on libcoap, for the tests"};
    try {
        return parse(argc, argv, app);
    } catch (const CLI::ParseError& error) {
        app.exit(error);
        return std::nullopt;
    }
}

}  // namespace interop
