#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "server/bootstrap/directory.h"
#include "server/bootstrap/outcome.h"
#include "server/bootstrap/record.h"
#include "server/wire/time.h"

namespace metrics {

// How often something took how long: buckets by upper bounds, in seconds, ascending; what is above
// the last counts in count() alone.
class Histogram {
  public:
    explicit Histogram(std::span<const double> bounds)
        : bounds_(bounds.begin(), bounds.end()), counts_(bounds.size(), 0) {}

    void observe(double seconds);

    const std::vector<double>& bounds() const { return bounds_; }
    const std::vector<std::uint64_t>& counts() const { return counts_; }  // of each bucket alone
    std::uint64_t count() const { return count_; }
    double sum() const { return sum_; }

  private:
    std::vector<double> bounds_;
    std::vector<std::uint64_t> counts_;
    std::uint64_t count_ = 0;
    double sum_ = 0;
};

// From one lost datagram's retransmission to the time that a device waits.
inline constexpr std::array<double, 12> session_bounds = {0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                                          1,    2.5,   5,    15,  60,   300};
inline constexpr std::array<double, 10> operation_bounds = {0.001, 0.005, 0.025, 0.1, 0.5,
                                                            1,     2.5,   5,     20,  90};
inline constexpr std::array<double, 10> store_bounds = {0.0005, 0.001, 0.0025, 0.005, 0.01,
                                                        0.025,  0.05,  0.1,    0.5,   2.5};

// What the sessions that ended add up to. Its size is bounded by the modes, outcomes, methods and
// CoAP's codes. Used on the control thread.
class Tally {
  public:
    void ended(const bootstrap::SessionRecord&);
    // From handing a record in until the store had it.
    void stored(wire::Duration took);

    using Codes = std::map<std::string, std::uint64_t>;  // "2.04"; "none": unanswered
    std::uint64_t sessions(bootstrap::Mode, bootstrap::Outcome) const;
    const std::map<std::string, Codes>& operations() const { return operations_; }  // by method
    const Histogram& session_duration(bootstrap::Mode) const;
    const Histogram& operation_duration() const { return operation_duration_; }
    const Histogram& store_latency() const { return store_latency_; }
    std::uint64_t operation_retransmissions() const { return retransmissions_; }

  private:
    static constexpr std::size_t modes = 2;
    static std::size_t index(bootstrap::Mode mode) {
        return mode == bootstrap::Mode::client_initiated ? 0 : 1;
    }

    std::array<std::array<std::uint64_t, bootstrap::all_outcomes.size()>, modes> sessions_{};
    std::map<std::string, Codes> operations_;
    std::array<Histogram, modes> session_duration_ = {Histogram(session_bounds),
                                                      Histogram(session_bounds)};
    Histogram operation_duration_{operation_bounds};
    Histogram store_latency_{store_bounds};
    std::uint64_t retransmissions_ = 0;
};

}  // namespace metrics
