#include "server/metrics/page.h"

#include <array>

#include <gtest/gtest.h>

namespace metrics {
namespace {

// The text format: https://prometheus.io/docs/instrumenting/exposition_formats/
TEST(MetricsPage, PutsWhatBelongsToOneFamilyTogether) {
    Page page;
    page.counter("sessions_total", "Sessions.", 3, {{"mode", "a"}, {"outcome", "finished"}});
    page.gauge("sessions", "Now.", 2);
    page.counter("sessions_total", "Sessions.", 4, {{"mode", "b"}, {"outcome", "finished"}});
    EXPECT_EQ(page.text(),
              "# HELP lwm2m_bootstrap_sessions_total Sessions.\n"
              "# TYPE lwm2m_bootstrap_sessions_total counter\n"
              "lwm2m_bootstrap_sessions_total{mode=\"a\",outcome=\"finished\"} 3\n"
              "lwm2m_bootstrap_sessions_total{mode=\"b\",outcome=\"finished\"} 4\n"
              "# HELP lwm2m_bootstrap_sessions Now.\n"
              "# TYPE lwm2m_bootstrap_sessions gauge\n"
              "lwm2m_bootstrap_sessions 2\n");
}

TEST(MetricsPage, EscapesWhatALabelMayHold) {
    Page page;
    page.gauge("x", "X.", 1, {{"source", "a\"b\\c\nd"}});
    EXPECT_NE(page.text().find(R"({source="a\"b\\c\nd"})"), std::string::npos) << page.text();
}

TEST(MetricsPage, CountsBucketsUpAndAddsTheInfiniteOne) {
    constexpr std::array<double, 2> bounds = {0.5, 2};
    Histogram histogram(bounds);
    for (const double seconds : {0.5, 0.6, 2.0, 7.0}) histogram.observe(seconds);
    Page page;
    page.histogram("took_seconds", "Took.", histogram);
    const std::string text = page.text();
    EXPECT_NE(text.find("took_seconds_bucket{le=\"0.5\"} 1\n"), std::string::npos) << text;
    EXPECT_NE(text.find("took_seconds_bucket{le=\"2\"} 3\n"), std::string::npos) << text;
    EXPECT_NE(text.find("took_seconds_bucket{le=\"+Inf\"} 4\n"), std::string::npos) << text;
    EXPECT_NE(text.find("took_seconds_count 4\n"), std::string::npos) << text;
    EXPECT_NE(text.find("took_seconds_sum 10.1"), std::string::npos) << text;
}

}  // namespace
}  // namespace metrics
