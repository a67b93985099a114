// A LwM2M Server reduced to the Registration interface, on libcoap with GnuTLS: it takes POST /rd
// and tells it as a line of JSON, so that a test sees a bootstrapped client register where it was
// told to.

#include <csignal>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <coap3/coap.h>

#include "tests/interop/libcoap_peer.h"

namespace interop {
namespace {

volatile std::sig_atomic_t stopped = 0;

class RegistrationServer {
  public:
    RegistrationServer(std::map<std::string, std::string> keys, std::optional<PublicKey> own)
        : known_(std::move(keys)), own_(std::move(own)) {}

    bool open(std::uint16_t coap, std::uint16_t coaps) {
        context_.reset(coap_new_context(nullptr));
        if (!context_) return false;
        coap_set_app_data(context_.get(), this);
        coap_context_set_block_mode(context_.get(),
                                    COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
        serve_everything(context_.get(), [](coap_resource_t*, coap_session_t* session,
                                            const coap_pdu_t* request, const coap_string_t*,
                                            coap_pdu_t* response) {
            static_cast<RegistrationServer*>(coap_get_app_data(coap_session_get_context(session)))
                ->request(session, request, response);
        });
        lookup_ = [this](const std::string& identity) -> std::optional<std::string> {
            const auto found = known_.find(identity);
            if (found == known_.end()) return std::nullopt;
            return found->second;
        };
        if (own_) {
            coap_dtls_pki_t setup = pki_of(*own_);
            setup.validate_cn_call_back = [](const char* name, const std::uint8_t* certificate,
                                             std::size_t size, coap_session_t* session, unsigned,
                                             int, void* server) {
                static_cast<RegistrationServer*>(server)->shown_[session] = {
                    name, to_hex({reinterpret_cast<const char*>(certificate), size})};
                return 1;
            };
            setup.cn_call_back_arg = this;
            if (coap_context_set_pki(context_.get(), &setup) != 1) return false;
        }
        const coap_address_t plain = loopback(coap);
        const coap_address_t secured = loopback(coaps);
        return accept_psk(context_.get(), lookup_) &&
               coap_new_endpoint(context_.get(), &plain, COAP_PROTO_UDP) != nullptr &&
               coap_new_endpoint(context_.get(), &secured, COAP_PROTO_DTLS) != nullptr;
    }

    void run() {
        while (stopped == 0) coap_io_process(context_.get(), 100);
    }

  private:
    void request(coap_session_t* session, const coap_pdu_t* request, coap_pdu_t* response) {
        const coap_pdu_code_t method = coap_pdu_get_code(request);
        const std::string path = path_of(request);
        if (method == COAP_REQUEST_CODE_DELETE) {
            coap_pdu_set_code(response, COAP_RESPONSE_CODE_DELETED);
        } else if (path != "/rd") {
            coap_pdu_set_code(response, COAP_RESPONSE_CODE_CHANGED);  // an update
        } else {
            const std::string number = std::to_string(++registrations_);
            coap_pdu_set_code(response, COAP_RESPONSE_CODE_CREATED);
            for (const std::string& segment : {std::string("rd"), number}) {
                coap_add_option(response, COAP_OPTION_LOCATION_PATH, segment.size(),
                                reinterpret_cast<const std::uint8_t*>(segment.data()));
            }
            nlohmann::ordered_json line{
                {"event", "registered"},
                {"secured", coap_session_get_proto(session) == COAP_PROTO_DTLS},
                {"query", queries_of(request)},
                {"links", body_of(request)}};
            if (const coap_bin_const_t* identity = coap_session_get_psk_identity(session)) {
                line["identity"] =
                    std::string(reinterpret_cast<const char*>(identity->s), identity->length);
            }
            if (const auto shown = shown_.find(session); shown != shown_.end()) {
                line["name"] = shown->second.name;
                line["certificate"] = shown->second.certificate;
            }
            tell(line);
        }
    }

    struct Shown {
        std::string name;         // its first subjectAltName, or else its CN
        std::string certificate;  // in hexadecimal
    };
    std::map<std::string, std::string> known_;
    std::optional<PublicKey> own_;
    std::map<coap_session_t*, Shown> shown_;
    PskLookup lookup_;
    Context context_;
    unsigned registrations_ = 0;
};

}  // namespace
}  // namespace interop

int main(int argc, char** argv) {
    CLI::App app{"A LwM2M Server that takes registrations, for the tests"};
    std::uint16_t coap = 0;
    std::uint16_t coaps = 0;
    std::vector<std::string> pairs;
    app.add_option("--coap", coap, "UDP port on the loopback address")->required();
    app.add_option("--coaps", coaps, "DTLS port on the loopback address")->required();
    app.add_option("--psk", pairs, "identity=key in hexadecimal");
    std::string certificate;
    std::string private_key;
    std::string authority;
    interop::PublicKey shown;
    app.add_option("--certificate", certificate,
                   "its certificate, or of a raw public key the SubjectPublicKeyInfo; of DER");
    app.add_option("--private-key", private_key, "the private key to it, of DER");
    app.add_option("--ca", authority, "what its clients' certificates come from, of DER");
    app.add_flag("--raw", shown.raw, "a raw public key, RFC 7250");
    CLI11_PARSE(app, argc, argv);
    std::optional<interop::PublicKey> own;
    if (!certificate.empty()) {
        shown.certificate = interop::read_file(certificate).value_or("");
        shown.key = interop::read_file(private_key).value_or("");
        shown.authority = interop::read_file(authority).value_or("");
        own = shown;
    }
    std::map<std::string, std::string> keys;
    for (const std::string& pair : pairs) {
        const std::size_t equals = pair.rfind('=');
        const auto key =
            interop::from_hex(equals == std::string::npos ? "?" : pair.substr(equals + 1));
        if (!key) {
            std::cerr << "--psk is not IDENTITY=HEX\n";
            return 1;
        }
        keys[pair.substr(0, equals)] = *key;
    }
    for (const int signal : {SIGINT, SIGTERM}) {
        std::signal(signal, [](int) { interop::stopped = 1; });
    }
    coap_startup();
    coap_set_log_level(LOG_CRIT);
    coap_dtls_set_log_level(static_cast<coap_log_t>(0));
    {
        interop::RegistrationServer server(std::move(keys), std::move(own));
        if (!server.open(coap, coaps)) {
            std::cerr << "cannot open the sockets\n";
            return 1;
        }
        interop::tell({{"event", "ready"}});
        server.run();
    }
    coap_cleanup();
    return 0;
}
