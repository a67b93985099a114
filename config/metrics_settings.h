#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "config/document/document.h"
#include "config/http_settings.h"

namespace config {

// "metrics": where Prometheus and an orchestrator's probes ask, without TLS and without a token.
// Nothing of it is secret, names a device or changes anything, so that any address may be there.
struct Metrics {
    std::vector<std::string> listen;  // "address:port"
    friend bool operator==(const Metrics&, const Metrics&) = default;
};

// `http`: what is listened on already.
void read_metrics(const document::Node& root, const Http& http, Metrics&);
nlohmann::ordered_json metrics_json(const Metrics&);

}  // namespace config
