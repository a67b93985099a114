#include "server/metrics/page.h"

#include <algorithm>
#include <prometheus/text_serializer.h>

namespace metrics {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

namespace {

std::string prefixed(std::string_view name) {
    return "lwm2m_bootstrap_" + std::string(name);
}

}  // namespace

ClientMetric& Page::add(std::string name, std::string_view help, MetricType type, Labels labels) {
    auto family = std::find_if(families_.begin(), families_.end(),
                               [&](const MetricFamily& other) { return other.name == name; });
    if (family == families_.end()) {
        families_.push_back({std::move(name), std::string(help), type, {}});
        family = std::prev(families_.end());
    }
    ClientMetric& metric = family->metric.emplace_back();
    for (const auto& [label, value] : labels)
        metric.label.push_back({std::string(label), std::string(value)});
    return metric;
}

void Page::counter(std::string_view name, std::string_view help, double value, Labels labels) {
    add(prefixed(name), help, MetricType::Counter, labels).counter.value = value;
}

void Page::gauge(std::string_view name, std::string_view help, double value, Labels labels) {
    add(prefixed(name), help, MetricType::Gauge, labels).gauge.value = value;
}

void Page::histogram(std::string_view name, std::string_view help, const Histogram& from,
                     Labels labels) {
    auto& to = add(prefixed(name), help, MetricType::Histogram, labels).histogram;
    to.sample_count = from.count();
    to.sample_sum = from.sum();
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i < from.bounds().size(); ++i) {
        so_far += from.counts()[i];
        to.bucket.push_back({so_far, from.bounds()[i]});
    }
}

void Page::process(std::string_view name, std::string_view help, MetricType type, double value) {
    ClientMetric& metric = add("process_" + std::string(name), help, type, {});
    if (type == MetricType::Counter)
        metric.counter.value = value;
    else
        metric.gauge.value = value;
}

std::string Page::text() const {
    return prometheus::TextSerializer().Serialize(families_);
}

}  // namespace metrics
