#pragma once

#include <memory>

#include <boost/system/result.hpp>

#include "server/dtls/dtls.h"

typedef struct ssl_ctx_st SSL_CTX;

namespace dtls {

// The OpenSSL contexts of one shard: one for the server role, one for dialling. Outlives every
// Listener and Connection made from it. Used by one thread.
class Context {
  public:
    // The text of the error tells which cipher suite is unknown.
    static boost::system::result<std::unique_ptr<Context>, std::string> make(const Settings&);
    ~Context();

    const Settings& settings() const { return settings_; }
    SSL_CTX* server() const { return server_; }
    SSL_CTX* client() const { return client_; }

  private:
    explicit Context(const Settings&);
    Settings settings_;
    SSL_CTX* server_ = nullptr;
    SSL_CTX* client_ = nullptr;
};

}  // namespace dtls
