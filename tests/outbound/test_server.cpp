#include "tests/outbound/test_server.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

std::string TestServer::Request::header(std::string_view name) const {
    const std::string start = "\r\n" + std::string(name) + ": ";
    const auto at = head.find(start);
    if (at == head.npos) return {};
    const auto begin = at + start.size();
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

struct TestServer::Shared {
    Shared(asio::io_context& context, Answering answering, ssl::context* with)
        : acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
          answer(std::move(answering)),
          tls(with) {}
    tcp::acceptor acceptor;
    Answering answer;
    ssl::context* tls;
    std::vector<Request> requests;
    std::vector<std::function<void()>> closers;
    std::size_t connections = 0;
    bool open = true;
};

template <class Stream>
struct TestServer::Session : std::enable_shared_from_this<Session<Stream>> {
    Session(std::shared_ptr<Shared> with, std::unique_ptr<Stream> on, std::size_t number)
        : shared(std::move(with)), stream(std::move(on)), connection(number) {}

    std::shared_ptr<Shared> shared;
    std::unique_ptr<Stream> stream;
    std::size_t connection;
    std::string input, output;
    std::array<char, 4096> buffer{};

    void close() {
        error_code ignored;
        stream->lowest_layer().shutdown(tcp::socket::shutdown_both, ignored);
        stream->lowest_layer().close(ignored);
    }

    void read() {
        stream->async_read_some(asio::buffer(buffer), [self = this->shared_from_this()](
                                                          error_code error, std::size_t octets) {
            if (error) return self->close();
            self->input.append(self->buffer.data(), octets);
            self->take();
        });
    }

    void take() {
        const auto end = input.find("\r\n\r\n");
        if (end == input.npos) return read();
        Request request{input.substr(0, end + 2), "", connection};
        const std::string length = request.header("Content-Length");
        const std::size_t octets = length.empty() ? 0 : std::stoul(length);
        if (input.size() < end + 4 + octets) return read();
        request.body = input.substr(end + 4, octets);
        input.erase(0, end + 4 + octets);
        if (!shared->open) return close();
        shared->requests.push_back(request);
        Reply reply = shared->answer(request);
        if (reply.then == Reply::Then::keep_silent) return read();
        output = std::move(reply.octets);
        asio::async_write(
            *stream, asio::buffer(output),
            [self = this->shared_from_this(), then = reply.then](error_code error, std::size_t) {
                if (error || then == Reply::Then::close)
                    self->close();
                else
                    self->read();
            });
    }
};

TestServer::TestServer(asio::io_context& context, Answering answer, ssl::context* tls)
    : shared_(std::make_shared<Shared>(context, std::move(answer), tls)) {
    accept();
}

TestServer::~TestServer() {
    shared_->open = false;
    shared_->acceptor.close();
    close_connections();
}

void TestServer::close_connections() {
    for (const auto& close : std::exchange(shared_->closers, {})) close();
}

void TestServer::accept() {
    shared_->acceptor.async_accept([this, shared = shared_](error_code error, tcp::socket socket) {
        if (error || !shared->open) return;
        const std::size_t number = shared->connections++;
        if (!shared->tls) {
            auto session = std::make_shared<Session<tcp::socket>>(
                shared, std::make_unique<tcp::socket>(std::move(socket)), number);
            shared->closers.push_back([session] { session->close(); });
            session->read();
        } else {
            using Tls = ssl::stream<tcp::socket>;
            auto session = std::make_shared<Session<Tls>>(
                shared, std::make_unique<Tls>(std::move(socket), *shared->tls), number);
            shared->closers.push_back([session] { session->close(); });
            session->stream->async_handshake(ssl::stream_base::server,
                                             [session](error_code failed) {
                                                 if (failed)
                                                     session->close();
                                                 else
                                                     session->read();
                                             });
        }
        accept();
    });
}

std::uint16_t TestServer::port() const {
    return shared_->acceptor.local_endpoint().port();
}
std::string TestServer::url(std::string_view target) const {
    return (shared_->tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port()) +
           std::string(target);
}
const std::vector<TestServer::Request>& TestServer::requests() const {
    return shared_->requests;
}
std::size_t TestServer::connections() const {
    return shared_->connections;
}

std::string TestServer::ok(std::string_view body, unsigned status, std::string_view headers) {
    return "HTTP/1.1 " + std::to_string(status) + " Whatever\r\n" + std::string(headers) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

SelfMadeCa::SelfMadeCa(const std::string& name) {
    std::string pattern = (std::filesystem::temp_directory_path() / "outbound-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    certificate_ = folder_ / "ca.pem";
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                  EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
    X509* const x509 = certificate.get();
    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_pubkey(x509, key.get());
    const std::string common = "self-made";
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0);
    X509_set_issuer_name(x509, X509_get_subject_name(x509));
    const auto extend = [&](int nid, const std::string& value) {
        X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
        X509_add_ext(x509, extension, -1);
        X509_EXTENSION_free(extension);
    };
    extend(NID_basic_constraints, "critical,CA:TRUE");
    extend(NID_subject_alt_name, name);
    X509_sign(x509, key.get(), EVP_sha256());
    std::FILE* const file = std::fopen(certificate_.c_str(), "w");
    PEM_write_X509(file, x509);
    std::fclose(file);
    SSL_CTX_use_certificate(server_.native_handle(), x509);
    SSL_CTX_use_PrivateKey(server_.native_handle(), key.get());
}

SelfMadeCa::~SelfMadeCa() {
    std::filesystem::remove_all(folder_);
}

bool run_until(asio::io_context& context, const std::function<bool()>& done) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    const auto work = asio::make_work_guard(context);
    context.restart();
    while (!done()) {
        if (context.run_one_until(patience) == 0) return done();
    }
    return true;
}
