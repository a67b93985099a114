#include "config/metrics_settings.h"

#include <nlohmann/json.hpp>

#include "config/section.h"

namespace config {

void read_metrics(const document::Node& root, const Http& http, Metrics& metrics) {
    const Section section(root, "metrics", {"listen"});
    std::vector<Address> tcp;
    for (std::size_t i = 0; i < http.listen.size(); ++i)
        if (const auto address = wire::SocketAddress::from(http.listen[i]))
            tcp.push_back({*address, "/http/listen/" + std::to_string(i)});
    metrics.listen = addresses(section, "listen", tcp);
}

nlohmann::ordered_json metrics_json(const Metrics& metrics) {
    return {{"listen", metrics.listen}};
}

}  // namespace config
