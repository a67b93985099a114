#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <boost/system/result.hpp>

#include "server/daemon_configuration.h"
#include "server/journal/journal.h"

namespace bootstrapd {

// The whole of it: builds the parts, joins them, runs the control thread (HTTP, signals, the
// Directory), reloads, drains. The Journal outlives it.
class Daemon {
  public:
    // Opens every socket; nothing is served yet. The error names the address or file, its place in
    // the settings and what to do. `file` is read again on SIGHUP.
    static boost::system::result<std::unique_ptr<Daemon>, std::string> open(
        std::filesystem::path file, Configuration, journal::Journal&);
    ~Daemon();

    // Serves on the calling thread until SIGTERM or SIGINT (0) or until a shard fails (1).
    int run();

  private:
    class Impl;
    explicit Daemon(std::unique_ptr<Impl>);
    std::unique_ptr<Impl> impl_;
};

}  // namespace bootstrapd
