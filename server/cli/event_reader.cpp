// stream = *( *( comment / field ) line-end )     an empty line ends an event
// field  = name [ ":" [ SP ] value ] line-end
// line-end = CR LF / CR / LF

#include "server/cli/event_reader.h"

namespace cli {

bool EventReader::feed(std::string_view octets, std::vector<ServerEvent>& events) {
    for (const char c : octets) {
        if (c == '\n' && after_cr_) {
            after_cr_ = false;
            continue;
        }
        after_cr_ = c == '\r';
        if (c == '\n' || c == '\r')
            end_line(events);
        else
            line_ += c;
        if (line_.size() + event_.data.size() > most) return false;
    }
    return true;
}

void EventReader::end_line(std::vector<ServerEvent>& events) {
    if (line_.empty()) {
        if (has_data_) {
            event_.data.pop_back();
            if (event_.kind.empty()) event_.kind = "message";
            events.push_back(event_);
        }
        event_.kind.clear();
        event_.data.clear();
        has_data_ = false;
        return;
    }
    const std::size_t colon = line_.find(':');
    const std::string_view name = std::string_view(line_).substr(0, colon);
    std::string_view value;
    if (colon != std::string::npos) value = std::string_view(line_).substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (name == "data") {
        (event_.data += value) += '\n';
        has_data_ = true;
    } else if (name == "event") {
        event_.kind = value;
    } else if (name == "id" && value.find('\0') == std::string_view::npos) {
        event_.id = value;
    }
    line_.clear();
}

}  // namespace cli
