// A LwM2M device on libcoap with GnuTLS, for the tests: none of the daemon's code is in it. It
// serves what a Bootstrap-Server writes, tells every operation as a line of JSON on standard
// output, and its state at the end.
//
// Exit codes: 0 a Finish was taken; 1 it cannot start; 2 no Finish in time; 3 it went back to what
// it had; 4 its request was refused; 5 its request was not answered; 6 no association came about; 7
// it kept what it was given without a Finish; 8 it could not register.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <coap3/coap.h>

#include "tests/interop/device_options.h"
#include "tests/interop/holdings.h"
#include "tests/interop/libcoap_peer.h"
#include "tests/interop/registration.h"

namespace interop {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;
using nlohmann::ordered_json;

enum class Result {
    running,
    finished,
    timeout,
    rolled_back,
    request_refused,
    unanswered,
    no_association,
    kept,
    unregistered,
};

const char* name_of(Result result) {
    switch (result) {
        case Result::running:
            return "running";
        case Result::finished:
            return "finished";
        case Result::timeout:
            return "timeout";
        case Result::rolled_back:
            return "rolled_back";
        case Result::request_refused:
            return "request_refused";
        case Result::unanswered:
            return "unanswered";
        case Result::no_association:
            return "no_association";
        case Result::kept:
            return "kept";
        case Result::unregistered:
            return "unregistered";
    }
    return "?";
}

const char* method_of(coap_pdu_code_t code) {
    switch (static_cast<unsigned>(code)) {
        case COAP_REQUEST_CODE_GET:
            return "GET";
        case COAP_REQUEST_CODE_POST:
            return "POST";
        case COAP_REQUEST_CODE_PUT:
            return "PUT";
        case COAP_REQUEST_CODE_DELETE:
            return "DELETE";
    }
    return "?";
}

class Device {
  public:
    explicit Device(const Options& options)
        : options_(options), holdings_(options.account, options.factory), factory_(holdings_) {}

    int run();

    // Called by libcoap.
    void request(coap_resource_t*, coap_session_t*, const coap_pdu_t*, const coap_string_t*,
                 coap_pdu_t*);
    void answer(const coap_pdu_t*);
    void unanswered(coap_nack_reason_t);
    void event(coap_event_t);

  private:
    bool open();
    bool open_client();
    bool open_server();
    void ask();
    void ask_for_pack();
    void send_request(coap_pdu_code_t method, const std::string& resource,
                      std::optional<std::uint16_t> accept);
    coap_pdu_code_t content(const std::string& path, const coap_pdu_t*);
    coap_pdu_code_t execute(const std::string& method, const std::string& path, const coap_pdu_t*);
    void end(Result result);
    void expire();
    void tell_state() const;
    void tell_association();

    Options options_;
    Holdings holdings_;
    Holdings factory_;
    PskLookup keys_;
    Context context_;
    coap_session_t* session_ = nullptr;  // the context's
    Result result_ = Result::running;
    Clock::time_point ends_ = Clock::time_point::max();
    Clock::time_point expires_ = Clock::time_point::max();
    std::map<std::pair<const coap_session_t*, coap_mid_t>, coap_pdu_code_t> answered_;
    struct Content {
        std::string octets;
        std::uint16_t format = 0;
    };
    Content content_;  // of the answer being made
    bool wants_pack_ = false;
    bool associated_ = false;
};

Device& device_of(coap_session_t* session) {
    return *static_cast<Device*>(coap_get_app_data(coap_session_get_context(session)));
}

bool Device::open_client() {
    const auto target = parse_target(options_.server);
    if (!target) return false;
    coap_address_t local;
    coap_address_init(&local);
    if (options_.port != 0) local = on_address(options_.address, options_.port);
    const coap_address_t* bound = options_.port != 0 ? &local : nullptr;
    if (target->secured && options_.public_key) {
        coap_dtls_pki_t setup = pki_of(*options_.public_key);
        session_ = coap_new_client_session_pki(context_.get(), bound, &target->address,
                                               COAP_PROTO_DTLS, &setup);
    } else if (target->secured) {
        coap_dtls_cpsk_t setup{};
        setup.version = COAP_DTLS_CPSK_SETUP_VERSION;
        setup.psk_info.identity.s = reinterpret_cast<const std::uint8_t*>(options_.identity.data());
        setup.psk_info.identity.length = options_.identity.size();
        setup.psk_info.key.s = reinterpret_cast<const std::uint8_t*>(options_.key.data());
        setup.psk_info.key.length = options_.key.size();
        session_ = coap_new_client_session_psk2(context_.get(), bound, &target->address,
                                                COAP_PROTO_DTLS, &setup);
    } else {
        session_ = coap_new_client_session(context_.get(), bound, &target->address, COAP_PROTO_UDP);
    }
    if (session_ == nullptr) return false;
    if (options_.ack_timeout > 0) {
        double whole = 0;
        const double part = std::modf(options_.ack_timeout, &whole);
        coap_session_set_ack_timeout(
            session_, {static_cast<std::uint16_t>(whole), static_cast<std::uint16_t>(part * 1000)});
    }
    return true;
}

bool Device::open_server() {
    keys_ = [this](const std::string& identity) -> std::optional<std::string> {
        tell({{"event", "dialled"}, {"identity", identity}});
        if (identity != options_.identity) return std::nullopt;
        return options_.key;
    };
    const coap_address_t address = on_address(options_.address, options_.port);
    if (options_.public_key) {
        const coap_dtls_pki_t setup = pki_of(*options_.public_key);
        if (coap_context_set_pki(context_.get(), &setup) != 1) return false;
    } else if (!accept_psk(context_.get(), keys_)) {
        return false;
    }
    return coap_new_endpoint(context_.get(), &address, COAP_PROTO_DTLS) != nullptr;
}

bool Device::open() {
    context_.reset(coap_new_context(nullptr));
    if (!context_) return false;
    coap_set_app_data(context_.get(), this);
    coap_context_set_block_mode(context_.get(), COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
    serve_everything(context_.get(), [](coap_resource_t* resource, coap_session_t* session,
                                        const coap_pdu_t* request, const coap_string_t* query,
                                        coap_pdu_t* response) {
        device_of(session).request(resource, session, request, query, response);
    });
    coap_register_response_handler(
        context_.get(), [](coap_session_t* session, const coap_pdu_t*, const coap_pdu_t* received,
                           const coap_mid_t) {
            device_of(session).answer(received);
            return COAP_RESPONSE_OK;
        });
    coap_register_nack_handler(
        context_.get(),
        [](coap_session_t* session, const coap_pdu_t*, const coap_nack_reason_t reason,
           const coap_mid_t) { device_of(session).unanswered(reason); });
    coap_register_event_handler(context_.get(),
                                [](coap_session_t* session, const coap_event_t event) {
                                    device_of(session).event(event);
                                    return 0;
                                });
    return options_.mode == Mode::listen ? open_server() : open_client();
}

void Device::ask() {
    send_request(COAP_REQUEST_CODE_POST, "bs", std::nullopt);
}

void Device::ask_for_pack() {
    wants_pack_ = true;
    send_request(COAP_REQUEST_CODE_GET, "bspack", options_.accept);
}

void Device::send_request(coap_pdu_code_t method, const std::string& resource,
                          std::optional<std::uint16_t> accept) {
    coap_pdu_t* request = coap_new_pdu(COAP_MESSAGE_CON, method, session_);
    std::uint8_t token[8];
    std::size_t token_size = 0;
    coap_session_new_token(session_, &token_size, token);
    coap_add_token(request, token_size, token);
    const auto add = [request](coap_option_num_t number, const std::string& value) {
        coap_add_option(request, number, value.size(),
                        reinterpret_cast<const std::uint8_t*>(value.data()));
    };
    add(COAP_OPTION_URI_PATH, resource);
    if (!options_.endpoint.empty()) add(COAP_OPTION_URI_QUERY, "ep=" + options_.endpoint);
    for (const std::string& query : options_.queries) add(COAP_OPTION_URI_QUERY, query);
    if (accept) {
        std::uint8_t octets[2];
        const std::size_t size = coap_encode_var_safe(octets, sizeof octets, *accept);
        coap_add_option(request, COAP_OPTION_ACCEPT, size, octets);
    }
    coap_send(session_, request);
}

void Device::answer(const coap_pdu_t* received) {
    const coap_pdu_code_t code = coap_pdu_get_code(received);
    const bool is_diagnostic = code != COAP_RESPONSE_CODE_CONTENT;
    tell({{"event", "answer"},
          {"code", code_text(code)},
          {"diagnostic", is_diagnostic ? body_of(received) : std::string()}});
    if (std::exchange(wants_pack_, false)) {
        // Whatever else is answered sends it back to the Bootstrap-Request, as Anjay does.
        if (code != COAP_RESPONSE_CODE_CONTENT) return ask();
        tell({{"event", "pack"},
              {"contentFormat", number_option(received, COAP_OPTION_CONTENT_FORMAT).value_or(0)},
              {"payload", to_hex(body_of(received))}});
        return end(Result::finished);
    }
    if (code != COAP_RESPONSE_CODE_CHANGED) end(Result::request_refused);
}

void Device::unanswered(coap_nack_reason_t reason) {
    const bool no_tls = reason == COAP_NACK_TLS_FAILED;
    tell({{"event", "unanswered"}, {"reason", no_tls ? "DTLS" : "retransmissions exhausted"}});
    if (result_ == Result::running && expires_ == Clock::time_point::max()) {
        end(no_tls ? Result::no_association : Result::unanswered);
    }
}

void Device::event(coap_event_t event) {
    if (event == COAP_EVENT_DTLS_CLOSED) tell({{"event", "closed"}});
    if (event == COAP_EVENT_DTLS_ERROR) {
        tell({{"event", "dtls_error"}});
        // A device that listens waits for a better caller.
        if (options_.mode != Mode::listen && result_ == Result::running) {
            end(Result::no_association);
        }
    }
}

void Device::request(coap_resource_t* resource, coap_session_t* session, const coap_pdu_t* request,
                     const coap_string_t* query, coap_pdu_t* response) {
    const std::string method = method_of(coap_pdu_get_code(request));
    const std::string path = path_of(request);
    const auto refusal = options_.refusals.find(method + ":" + path);
    // libcoap 4.3.1 hands duplicates up. RFC 7252 §4.5: they are answered alike, and carried out
    // only once, or a late copy of the Delete would undo the Writes after it.
    const auto [known, is_new] =
        answered_.try_emplace({session, coap_pdu_get_mid(request)}, COAP_EMPTY_CODE);
    if (is_new) {
        known->second =
            refusal != options_.refusals.end() ? refusal->second : execute(method, path, request);
    }
    const coap_pdu_code_t code = known->second;
    coap_pdu_set_code(response, code);

    ordered_json line{{"event", "operation"}, {"method", method}, {"path", path}};
    if (const auto queries = queries_of(request); !queries.empty()) line["query"] = queries;
    if (const auto accept = number_option(request, COAP_OPTION_ACCEPT)) line["accept"] = *accept;
    if (const auto format = number_option(request, COAP_OPTION_CONTENT_FORMAT)) {
        line["contentFormat"] = *format;
    }
    line["payload"] = to_hex(body_of(request));
    line["code"] = code_text(code);
    if (!is_new) line["repeat"] = true;
    tell(line);

    if (code == COAP_RESPONSE_CODE_CONTENT) {
        coap_add_data_large_response(resource, session, request, response, query, content_.format,
                                     -1, 0, content_.octets.size(),
                                     reinterpret_cast<const std::uint8_t*>(content_.octets.data()),
                                     nullptr, nullptr);
    }
    if (result_ == Result::running && options_.lifetime > 0) {
        expires_ =
            Clock::now() + std::chrono::duration_cast<Clock::duration>(Seconds(options_.lifetime));
    }
    if (method == "POST" && code == COAP_RESPONSE_CODE_CHANGED && result_ == Result::running) {
        expires_ = Clock::time_point::max();
        end(Result::finished);
    }
}

coap_pdu_code_t Device::execute(const std::string& method, const std::string& path,
                                const coap_pdu_t* request) {
    if (method == "POST") {
        return path == "/bs" ? COAP_RESPONSE_CODE_CHANGED : COAP_RESPONSE_CODE_NOT_FOUND;
    }
    // Once it has taken the Finish the device is no longer in its bootstrap.
    if (result_ == Result::finished) return COAP_RESPONSE_CODE_NOT_ALLOWED;
    if (options_.strict && !queries_of(request).empty()) return COAP_RESPONSE_CODE_BAD_OPTION;
    if (method == "GET") return content(path, request);
    if (method == "DELETE") {
        return holdings_.erase(path) ? COAP_RESPONSE_CODE_DELETED : COAP_RESPONSE_CODE_NOT_FOUND;
    }
    const auto format = number_option(request, COAP_OPTION_CONTENT_FORMAT);
    if (!format) return COAP_RESPONSE_CODE_BAD_REQUEST;
    if (!options_.formats.empty() && std::ranges::count(options_.formats, *format) == 0) {
        return COAP_RESPONSE_CODE_UNSUPPORTED_CONTENT_FORMAT;
    }
    return holdings_.write(path, *format, body_of(request)) ? COAP_RESPONSE_CODE_CHANGED
                                                            : COAP_RESPONSE_CODE_BAD_REQUEST;
}

// The answer to Discover (link-format asked for) or Read.
coap_pdu_code_t Device::content(const std::string& path, const coap_pdu_t* request) {
    const auto accept = number_option(request, COAP_OPTION_ACCEPT);
    if (!accept) return COAP_RESPONSE_CODE_NOT_ALLOWED;
    content_.format = *accept;
    if (*accept == COAP_MEDIATYPE_APPLICATION_LINK_FORMAT) {
        content_.octets = holdings_.discover(path, options_.enabler);
        return COAP_RESPONSE_CODE_CONTENT;
    }
    auto octets = holdings_.read(path, *accept);
    if (!octets) return COAP_RESPONSE_CODE_NOT_ALLOWED;
    content_.octets = std::move(*octets);
    return COAP_RESPONSE_CODE_CONTENT;
}

// What was queued still leaves, and a Finish that is repeated is still answered.
void Device::end(Result result) {
    if (result_ != Result::running) return;
    result_ = result;
    ends_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(Seconds(options_.linger));
}

// EXCHANGE_LIFETIME has passed without a message: the change request has the device keep what it
// was given, the later texts have it go back.
void Device::expire() {
    expires_ = Clock::time_point::max();
    if (!options_.keeps) holdings_ = factory_;
    const Result result = options_.keeps ? Result::kept : Result::rolled_back;
    tell({{"event", name_of(result)}});
    end(result);
}

void Device::tell_state() const {
    ordered_json instances = ordered_json::object();
    for (const auto& [path, held] : holdings_.all()) {
        instances[path] = to_hex(held.payload);
    }
    tell({{"event", "state"}, {"result", name_of(result_)}, {"holds", instances}});
}

// libcoap 4.3.1 has an event for it but does not raise it with GnuTLS.
void Device::tell_association() {
    if (associated_ || session_ == nullptr || coap_session_get_proto(session_) != COAP_PROTO_DTLS ||
        coap_session_get_state(session_) != COAP_SESSION_STATE_ESTABLISHED) {
        return;
    }
    associated_ = true;
    tell({{"event", "associated"}});
}

int Device::run() {
    if (!open()) {
        tell({{"event", "error"}, {"reason", "cannot open the socket"}});
        return 1;
    }
    tell({{"event", "ready"}, {"port", options_.port}});
    if (options_.mode == Mode::ask) ask();
    if (options_.mode == Mode::pack) ask_for_pack();
    const auto timeout =
        Clock::now() + std::chrono::duration_cast<Clock::duration>(Seconds(options_.timeout));
    while (Clock::now() < ends_) {
        const auto now = Clock::now();
        if (now >= expires_) expire();
        if (now >= timeout && result_ == Result::running) break;
        coap_io_process(context_.get(), 20);
        tell_association();
    }
    if (result_ == Result::running) result_ = Result::timeout;
    context_.reset();
    if (options_.registers && result_ == Result::finished &&
        !register_device(holdings_, options_.public_key, options_.endpoint)) {
        result_ = Result::unregistered;
    }
    tell_state();
    return result_ == Result::finished ? 0 : static_cast<int>(result_);
}

}  // namespace
}  // namespace interop

int main(int argc, char** argv) {
    const auto options = interop::parse_options(argc, argv);
    if (!options) return 1;
    coap_startup();
    interop::tell_alerts();
    const int code = interop::Device(*options).run();
    coap_cleanup();
    return code;
}
