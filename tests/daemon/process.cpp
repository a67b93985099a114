#include "tests/daemon/process.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

Process::Process(std::vector<std::string> arguments)
    : Process(BOOTSTRAPD_EXECUTABLE, std::move(arguments)) {}

Process::Process(std::string executable, std::vector<std::string> arguments) {
    std::array<int, 2> out{};
    std::array<int, 2> err{};
    if (::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0)
        throw std::runtime_error("no pipe");
    arguments.insert(arguments.begin(), std::move(executable));
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);

    posix_spawn_file_actions_t actions{};
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
    const int error = ::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    ::close(err[1]);
    out_fd_ = out[0];
    err_fd_ = err[0];
    if (error != 0) throw std::runtime_error("cannot start " + arguments[0]);
}

Process::~Process() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    for (const int fd : {out_fd_, err_fd_})
        if (fd >= 0) ::close(fd);
}

bool Process::read_until(std::chrono::steady_clock::time_point deadline) {
    std::array<pollfd, 2> fds{{{out_fd_, POLLIN, 0}, {err_fd_, POLLIN, 0}}};
    if (out_fd_ < 0 && err_fd_ < 0) return false;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (::poll(fds.data(), fds.size(), static_cast<int>(std::max<std::int64_t>(0, left.count()))) <=
        0)
        return true;
    const auto read_one = [](const pollfd& ready, int& fd, std::string& text) {
        if (fd < 0 || ready.revents == 0) return;
        std::array<char, 65536> buffer{};
        const ssize_t octets = ::read(fd, buffer.data(), buffer.size());
        if (octets > 0) {
            text.append(buffer.data(), static_cast<std::size_t>(octets));
        } else {
            ::close(fd);
            fd = -1;
        }
    };
    read_one(fds[0], out_fd_, out_);
    read_one(fds[1], err_fd_, err_);
    return true;
}

bool Process::logs(std::string_view text) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (true) {
        if (const auto at = err_.find(text, searched_); at != std::string::npos) {
            searched_ = at + text.size();
            return true;
        }
        if (std::chrono::steady_clock::now() >= deadline || !read_until(deadline)) return false;
    }
}

void Process::signal(int number) const {
    ::kill(pid_, number);
}

std::optional<int> Process::exit_code() {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    // Its streams end when it does.
    while (read_until(deadline))
        if (std::chrono::steady_clock::now() >= deadline) return std::nullopt;
    int status = 0;
    if (::waitpid(pid_, &status, 0) != pid_) return std::nullopt;
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::uint16_t Process::port(std::string_view service) const {
    const std::string name = "listening service=" + std::string(service) + " address=127.0.0.1:";
    const auto at = err_.find(name);
    if (at == std::string::npos) return 0;
    return static_cast<std::uint16_t>(std::strtoul(err_.c_str() + at + name.size(), nullptr, 10));
}
