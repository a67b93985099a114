#pragma once

#include <cstdint>
#include <initializer_list>
#include <prometheus/metric_family.h>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/metrics/tally.h"

namespace metrics {

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// The page of GET /metrics, in the text format 0.0.4 of Prometheus. Families appear in the order in
// which they were begun. Every name begins with "lwm2m_bootstrap_", but for those of the process,
// which Prometheus itself has names for. No label is about one device.
class Page {
  public:
    // The families' names without the prefix.
    void counter(std::string_view name, std::string_view help, double value, Labels = {});
    void gauge(std::string_view name, std::string_view help, double value, Labels = {});
    void histogram(std::string_view name, std::string_view help, const Histogram&, Labels = {});
    // "process_…", as the client libraries of Prometheus call them.
    void process(std::string_view name, std::string_view help, prometheus::MetricType,
                 double value);

    std::string text() const;

  private:
    prometheus::ClientMetric& add(std::string name, std::string_view help, prometheus::MetricType,
                                  Labels labels);
    std::vector<prometheus::MetricFamily> families_;
};

inline constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace metrics
