#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>

#include "server/http/channel.h"
#include "server/http/connections.h"

namespace http {

// What all connections have in common.
struct Connections::Common {
    Common(const Settings& s, std::shared_ptr<const TlsContext> t, Router& r, journal::Journal& j)
        : settings(s),
          authentication(std::make_shared<const AuthenticationSettings>(s.authentication)),
          tls(std::move(t)),
          router(r),
          journal(j) {}

    Settings settings;
    std::shared_ptr<const AuthenticationSettings> authentication;
    std::shared_ptr<const TlsContext> tls;  // null: in the clear
    Router& router;
    journal::Journal& journal;
    std::unordered_set<Conversation*> open;
    Counters counters;
    bool told_full = false;
    bool closing = false;
    bool gone = false;  // Router and Journal may not be called any more
};

// One connection: its requests one after the other, and their answers.
class Conversation {
  public:
    // Begins it; it goes on until either side ends it.
    static void start(std::shared_ptr<Connections::Common>, std::shared_ptr<Channel>, Transport,
                      std::string remote, const boost::asio::any_io_executor&);
    virtual ~Conversation() = default;

    bool is_idle() const { return idle_; }
    wire::TimePoint since() const { return since_; }
    // Closes the connection at once. It is on its way out then: not idle.
    virtual void cut() = 0;
    void make_room() {
        idle_ = false;
        cut();
    }
    // Ends it if it waits for a request, or streams without an end; else after its answer.
    virtual void finish() = 0;
    // Lets go of everything that the routes gave it.
    virtual void forsake() = 0;

  protected:
    Conversation() = default;
    bool idle_ = true;  // waits for the next request
    wire::TimePoint since_ = wire::Clock::now();
};

}  // namespace http
