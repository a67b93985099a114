#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

// A real executable, the daemon unless another is named, as a process of its own. Waits end when
// what is waited for is there, and after `patience` at the latest.
class Process {
  public:
    static constexpr auto patience = std::chrono::seconds(30);

    explicit Process(std::vector<std::string> arguments);
    Process(std::string executable, std::vector<std::string> arguments);
    ~Process();  // kills it
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    // Whether the text comes on standard error, after what the last call found.
    bool logs(std::string_view text);
    void signal(int number) const;
    // How it ended: its exit code, 128 + signal, nothing when it did not end in time.
    std::optional<int> exit_code();

    const std::string& out() const { return out_; }
    const std::string& err() const { return err_; }
    // From the line `listening service=… address=127.0.0.1:PORT`; 0 without one.
    std::uint16_t port(std::string_view service) const;

  private:
    // Reads what is there, waiting for it at most until the time; false when both streams ended.
    bool read_until(std::chrono::steady_clock::time_point deadline);

    pid_t pid_ = -1;
    int out_fd_ = -1;
    int err_fd_ = -1;
    std::string out_;
    std::string err_;
    std::size_t searched_ = 0;
};
