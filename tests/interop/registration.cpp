#include "tests/interop/registration.h"

#include <chrono>
#include <map>

namespace interop {
namespace {

using Clock = std::chrono::steady_clock;
using Resources = std::map<unsigned, std::string>;

constexpr auto patience = std::chrono::seconds(30);

// Resources of the Security Object, LwM2M Core §E.1.
constexpr unsigned server_uri = 0;
constexpr unsigned is_bootstrap = 1;
constexpr unsigned security_mode = 2;
constexpr unsigned public_key_or_identity = 3;
constexpr unsigned server_public_key = 4;
constexpr unsigned secret_key = 5;

enum class Mode : unsigned { psk = 0, raw_public_key = 1, certificate = 2, none = 3, est = 4 };

unsigned number(const Resources& resources, unsigned id) {
    const auto found = resources.find(id);
    return found == resources.end() || found->second.empty()
               ? 0
               : static_cast<unsigned char>(found->second.front());
}

std::string octets(const Resources& resources, unsigned id) {
    const auto found = resources.find(id);
    return found == resources.end() ? std::string() : found->second;
}

std::optional<Resources> account_in(const Holdings& holdings) {
    for (const auto& [path, held] : holdings.all()) {
        if (!path.starts_with("/0/") || !held.content_format) continue;
        Resources resources = resources_of(held.payload);
        if (number(resources, is_bootstrap) == 0 && resources.contains(server_uri)) {
            return resources;
        }
    }
    return std::nullopt;
}

class Registration {
  public:
    Registration(const Resources& account, const std::optional<PublicKey>& own)
        : account_(account), mode_(static_cast<Mode>(number(account, security_mode))) {
        if (mode_ == Mode::est && own) {
            key_ = *own;
        } else {
            key_.certificate = octets(account, public_key_or_identity);
            key_.key = octets(account, secret_key);
            key_.raw = mode_ == Mode::raw_public_key;
        }
        if (!key_.raw) key_.authority = octets(account, server_public_key);
        identity_ = octets(account, public_key_or_identity);
        secret_ = octets(account, secret_key);
    }

    // Empty: registered; else why not.
    std::string run(const std::string& endpoint) {
        const auto target = parse_target(octets(account_, server_uri));
        if (!target) return "its URI is no address";
        if (target->secured != (mode_ != Mode::none)) return "its URI does not fit its mode";
        context_.reset(coap_new_context(nullptr));
        if (!context_) return "no context";
        coap_set_app_data(context_.get(), this);
        coap_register_response_handler(
            context_.get(), [](coap_session_t* session, const coap_pdu_t*,
                               const coap_pdu_t* received, const coap_mid_t) {
                of(session).end(coap_pdu_get_code(received) == COAP_RESPONSE_CODE_CREATED
                                    ? ""
                                    : "answered " + code_text(coap_pdu_get_code(received)));
                return COAP_RESPONSE_OK;
            });
        coap_register_nack_handler(
            context_.get(), [](coap_session_t* session, const coap_pdu_t*,
                               const coap_nack_reason_t reason, const coap_mid_t) {
                of(session).end(reason == COAP_NACK_TLS_FAILED ? "no association" : "not answered");
            });
        coap_session_t* session = open(*target);
        if (session == nullptr) return "no session";
        ask(session, endpoint);
        const auto deadline = Clock::now() + patience;
        while (!ended_ && Clock::now() < deadline) coap_io_process(context_.get(), 20);
        return ended_ ? why_ : "no answer in time";
    }

  private:
    static Registration& of(coap_session_t* session) {
        return *static_cast<Registration*>(coap_get_app_data(coap_session_get_context(session)));
    }

    void end(std::string why) {
        if (ended_) return;
        ended_ = true;
        why_ = std::move(why);
    }

    coap_session_t* open(const Target& target) {
        if (mode_ == Mode::none) {
            return coap_new_client_session(context_.get(), nullptr, &target.address,
                                           COAP_PROTO_UDP);
        }
        if (mode_ != Mode::psk) {
            coap_dtls_pki_t setup = pki_of(key_);
            return coap_new_client_session_pki(context_.get(), nullptr, &target.address,
                                               COAP_PROTO_DTLS, &setup);
        }
        coap_dtls_cpsk_t setup{};
        setup.version = COAP_DTLS_CPSK_SETUP_VERSION;
        setup.psk_info.identity.s = reinterpret_cast<const std::uint8_t*>(identity_.data());
        setup.psk_info.identity.length = identity_.size();
        setup.psk_info.key.s = reinterpret_cast<const std::uint8_t*>(secret_.data());
        setup.psk_info.key.length = secret_.size();
        return coap_new_client_session_psk2(context_.get(), nullptr, &target.address,
                                            COAP_PROTO_DTLS, &setup);
    }

    static void ask(coap_session_t* session, const std::string& endpoint) {
        coap_pdu_t* request = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_POST, session);
        std::uint8_t token[8];
        std::size_t token_size = 0;
        coap_session_new_token(session, &token_size, token);
        coap_add_token(request, token_size, token);
        const auto add = [request](coap_option_num_t option, const std::string& value) {
            coap_add_option(request, option, value.size(),
                            reinterpret_cast<const std::uint8_t*>(value.data()));
        };
        add(COAP_OPTION_URI_PATH, "rd");
        add(COAP_OPTION_URI_QUERY, "ep=" + endpoint);
        add(COAP_OPTION_URI_QUERY, "lwm2m=1.1");
        coap_send(session, request);
    }

    const Resources& account_;
    Mode mode_;
    PublicKey key_;
    std::string identity_;
    std::string secret_;
    Context context_;
    bool ended_ = false;
    std::string why_;
};

}  // namespace

bool register_device(const Holdings& holdings, const std::optional<PublicKey>& own,
                     const std::string& endpoint) {
    const auto account = account_in(holdings);
    const std::string why =
        account ? Registration(*account, own).run(endpoint) : "it has no account of a LwM2M Server";
    if (!why.empty()) {
        tell({{"event", "unregistered"}, {"reason", why}});
        return false;
    }
    tell({{"event", "registered"}, {"mode", number(*account, security_mode)}});
    return true;
}

}  // namespace interop
