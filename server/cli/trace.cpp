#include "server/cli/trace.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

#include "server/cli/answers.h"

namespace cli {
namespace {

// The daemon sends something every 15 s.
constexpr auto longest_silence = std::chrono::seconds(60);

// Where the file goes; opened when there is something to write.
class Target {
  public:
    Target(const std::filesystem::path& file, Console& console) : file_(file), console_(console) {}
    ~Target() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;

    bool open() {
        if (file_.empty()) return true;
        descriptor_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        return descriptor_ >= 0 || fail();
    }
    // At once, so that who reads it on the other side sees each message as it comes.
    bool write(std::string_view octets) {
        if (file_.empty()) {
            console_.out.write(octets.data(), static_cast<std::streamsize>(octets.size())).flush();
            return console_.out.good();
        }
        while (!octets.empty()) {
            const auto written = ::write(descriptor_, octets.data(), octets.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return fail();
            octets.remove_prefix(static_cast<std::size_t>(written));
        }
        return true;
    }
    bool has_failed() const { return has_failed_; }

  private:
    bool fail() {
        console_.err << file_.string() << ": " << std::strerror(errno) << '\n';
        has_failed_ = true;
        return false;
    }

    const std::filesystem::path& file_;
    Console& console_;
    int descriptor_ = -1;
    bool has_failed_ = false;
};

std::string target_of(const Trace& trace) {
    std::string target = "/v1/traces/" + percent_encode(trace.endpoint);
    char separator = '?';
    const auto add = [&](const std::string& parameter) {
        (target += separator) += parameter;
        separator = '&';
    };
    if (trace.seconds) add("seconds=" + std::to_string(*trace.seconds));
    if (trace.sessions) add("sessions=" + std::to_string(*trace.sessions));
    if (trace.shows_secrets) add("secrets=show");
    return target;
}

}  // namespace

ExitCode take_trace(const Trace& trace, Console& console) {
    if (trace.to.empty() && console.out_is_terminal) {
        console.err << "a trace is nothing for a terminal: name a file by --to, or pipe it on: "
                       "lwm2m-bootstrapctl trace … | wireshark -k -i -\n";
        return ExitCode::usage;
    }
    Target target(trace.to, console);
    ApiFlow flow;
    flow.patience = longest_silence;
    flow.opened = [&] { return target.open(); };
    flow.take = [&](std::string_view octets) { return target.write(octets); };
    const auto asked = ask_for(trace.place, {"GET", target_of(trace)}, console.err, flow);
    if (target.has_failed()) return ExitCode::no;
    if (const auto* no = std::get_if<ExitCode>(&asked)) return *no;
    return ExitCode::well;
}

}  // namespace cli
