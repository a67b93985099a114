#include "server/http/trace_stream.h"

#include <string>
#include <utility>

#include "server/trace/pcapng.h"

namespace http {
namespace {

class TraceSource final : public BodySource {
  public:
    explicit TraceSource(std::shared_ptr<trace::Recording> recording)
        : recording_(std::move(recording)), heartbeat_(trace::no_news()) {
        recording_->set_listener([this] {
            if (waiting_) next(std::exchange(waiting_, nullptr));
        });
    }
    ~TraceSource() override { recording_->set_listener(nullptr); }
    TraceSource(const TraceSource&) = delete;
    TraceSource& operator=(const TraceSource&) = delete;

    void next(Give give) override {
        std::string octets = recording_->take();
        if (!octets.empty())
            give({std::move(octets), Piece::Then::go_on});
        else if (recording_->has_ended())
            give({{}, Piece::Then::end});
        else
            waiting_ = std::move(give);
    }
    std::string_view heartbeat() const override { return heartbeat_; }

  private:
    std::shared_ptr<trace::Recording> recording_;
    std::string heartbeat_;
    Give waiting_;
};

}  // namespace

Response trace_stream(std::shared_ptr<trace::Recording> recording) {
    return {200,
            "application/x-pcapng",
            "",
            {{"Cache-Control", "no-store"}},
            std::make_shared<TraceSource>(std::move(recording))};
}

}  // namespace http
