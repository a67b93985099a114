#include "server/cli/follow.h"

#include <algorithm>
#include <thread>
#include <variant>
#include <vector>

#include "server/cli/answers.h"

namespace cli {
namespace {

// The daemon sends something every 15 s.
constexpr auto longest_silence = std::chrono::seconds(60);

enum class End { from_within, broken };

class Stream {
  public:
    explicit Stream(const Following& following) : following_(following), after_(following.after) {}

    // How one connection ended; an exit code: there shall be no other one.
    std::variant<End, ExitCode> play(std::ostream& err) {
        ApiRequest request{"GET", following_.target};
        request.fields.emplace_back("Accept", "text/event-stream");
        if (!after_.empty()) request.fields.emplace_back("Last-Event-ID", after_);
        EventReader reader;
        ApiFlow flow;
        flow.patience = longest_silence;
        flow.deadline = following_.deadline;
        bool is_over = false;
        flow.opened = [&] {
            was_open_ = true;
            is_told_ = false;
            is_over = following_.opened && !following_.opened();
            return !is_over;
        };
        flow.take = [&](std::string_view octets) {
            std::vector<ServerEvent> events;
            const bool is_well = reader.feed(octets, events);
            for (const ServerEvent& event : events) {
                after_ = event.id;
                is_over = !following_.take(event);
                if (is_over) return false;
            }
            return is_well;
        };
        const auto asked = ask(following_.place, request, flow);
        if (is_over) return End::from_within;
        if (const auto* no = std::get_if<Unreachable>(&asked)) {
            if (!was_open_) return tell(*no, err);
            if (!is_told_ && !is_late()) err << no->reason << "; trying again\n";
            is_told_ = true;
            return End::broken;
        }
        const auto& answer = std::get<ApiAnswer>(asked);
        // One that starts or stops, or has too many followers just now.
        const bool passes = answer.status == 503 && was_open_;
        if (answer.status != 200 && !passes) return tell_refusal(answer, err);
        return End::broken;
    }

    bool is_late() const {
        return following_.deadline && std::chrono::steady_clock::now() >= *following_.deadline;
    }

  private:
    const Following& following_;
    std::string after_;
    bool was_open_ = false;
    bool is_told_ = false;  // that it is tried again
};

}  // namespace

ExitCode follow(const Following& following, std::ostream& err) {
    Stream stream(following);
    while (true) {
        const auto ended = stream.play(err);
        if (const auto* code = std::get_if<ExitCode>(&ended)) return *code;
        if (std::get<End>(ended) == End::from_within) return ExitCode::well;
        if (stream.is_late()) {
            err << "the time is over\n";
            return ExitCode::no;
        }
        std::this_thread::sleep_for(following.pause);
    }
}

}  // namespace cli
