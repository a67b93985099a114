#pragma once

#include "server/http/exchange.h"

namespace http {

// The way in for Prometheus and for an orchestrator's probes: /metrics, /healthz and /readyz, read
// by whoever comes, and nothing else of the API. On the control thread; the API outlives it.
class Probes final : public Router {
  public:
    explicit Probes(Router& api) : api_(api) {}

    bool is_open_to_all(const Request&) override { return true; }
    Reception receive(const Request& head) override;
    void route(Request, Reply) override;

  private:
    Router& api_;
};

}  // namespace http
