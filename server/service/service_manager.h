#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/wire/time.h"

namespace service {

// The service manager that started the daemon (systemd): sd_notify(3), sd_watchdog_enabled(3),
// sd_listen_fds(3). Where there is none, nothing happens. Made once, before any thread; used on
// the control thread.
class ServiceManager {
  public:
    // A socket that was passed; whoever takes it closes it.
    struct Passed {
        int descriptor = -1;
        std::string name;  // FileDescriptorName=
    };

    // Takes what the environment says of it, so that no child process is told.
    ServiceManager();

    bool is_there() const { return is_there_; }

    // Open and able to serve.
    void ready(const std::string& status);
    // One line for `systemctl status`.
    void status(const std::string& text);
    // The settings are being read again; ready() says that it is over.
    void reloading();
    // It takes `at_most` from now: a manager whose patience is shorter waits so long.
    void stopping(const std::string& text, wire::Duration at_most);

    // How often alive() is expected, twice as often as the manager demands; nothing: it does not
    // watch.
    std::optional<wire::Duration> watchdog() const { return watchdog_; }
    void alive();

    // Once.
    std::vector<Passed> take_sockets();

  private:
    bool is_there_ = false;
    std::optional<wire::Duration> watchdog_;
    std::vector<Passed> sockets_;
};

}  // namespace service
