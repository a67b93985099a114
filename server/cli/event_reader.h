#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

struct ServerEvent {
    std::string id;
    std::string kind;
    std::string data;
};

// Server-sent events (WHATWG HTML §9.2.6) from octets, however these come in pieces.
class EventReader {
  public:
    static constexpr std::size_t most = 1024 * 1024;  // octets of an event

    // Adds the events that are whole. False: one is longer than `most`; the stream is of no use.
    bool feed(std::string_view octets, std::vector<ServerEvent>& events);

  private:
    void end_line(std::vector<ServerEvent>& events);

    std::string line_;
    bool after_cr_ = false;  // a LF that follows belongs to it
    ServerEvent event_;      // its id lasts over the events
    bool has_data_ = false;
};

}  // namespace cli
