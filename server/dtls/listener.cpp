#include "server/dtls/listener.h"

#include <utility>

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include "server/dtls/accepted.h"
#include "server/dtls/errors.h"
#include "server/dtls/ssl_handle.h"

namespace dtls {
namespace {

// The hello that answers a HelloVerifyRequest is the client's second message, RFC 6347 §4.2.1;
// OpenSSL waits for that number alone.
constexpr std::uint16_t second_message = 1;

}  // namespace

class Listener::Impl {
  public:
    Impl(std::shared_ptr<Context> context, const CookieKeys& keys)
        : context_(std::move(context)), keys_(keys), nobody_(BIO_ADDR_new()) {}
    ~Impl() { BIO_ADDR_free(nobody_); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Result hello(wire::BytesView datagram, const wire::SocketAddress& local,
                 const wire::SocketAddress& remote, wire::TimePoint now, Output& out) {
        const std::optional<HelloView> view = peek_client_hello(datagram);
        if (!view || nobody_ == nullptr) return Dropped{};
        if (view->has_cookie && view->message_seq != second_message) return Dropped{};
        if (!scratch_) scratch_.emplace(*context_, SslHandle::Role::server);
        if (scratch_->ssl() == nullptr) {
            scratch_.reset();
            forget_errors();
            return Dropped{};
        }

        const CookieQuestion question{keys_, local, remote, now};
        std::vector<wire::Bytes> answer;
        CallbackState& state = scratch_->state();
        state.cookie = &question;
        state.pipe.incoming = datagram;
        state.pipe.outgoing = &answer;
        const int result = DTLSv1_listen(scratch_->ssl(), nobody_);
        state.cookie = nullptr;
        state.pipe.incoming.reset();
        state.pipe.outgoing = nullptr;
        forget_errors();

        if (result > 0) return proved(*view, local, out);
        if (!answer.empty()) return Challenged{std::move(answer.front())};
        return Dropped{};
    }

  private:
    Result proved(const HelloView& view, const wire::SocketAddress& local, Output& out) {
        scratch_->state().address_proved = true;
        scratch_->state().local = local;
        Connection::Accepted accepted{context_,
                                      std::move(*scratch_),
                                      {view.random.begin(), view.random.end()},
                                      view.message_seq};
        scratch_.reset();
        auto connection = std::make_unique<Connection>(std::move(accepted));
        connection->start(out);
        return Proved{std::move(connection)};
    }

    const std::shared_ptr<Context> context_;
    const CookieKeys& keys_;
    BIO_ADDR* nobody_;  // DTLSv1_listen() wants to say who asked; the datagram BIO does not know
    std::optional<SslHandle> scratch_;
};

Listener::Listener(std::shared_ptr<Context> context, const CookieKeys& keys)
    : impl_(std::make_unique<Impl>(std::move(context), keys)) {}
Listener::~Listener() = default;

Listener::Result Listener::hello(wire::BytesView datagram, const wire::SocketAddress& local,
                                 const wire::SocketAddress& remote, wire::TimePoint now,
                                 Output& out) {
    return impl_->hello(datagram, local, remote, now, out);
}

}  // namespace dtls
