#pragma once

#include <string>
#include <vector>

#include "base/time.hpp"

/// Where values stand on an axis: 0 is its beginning, 1 its end.
namespace mingyue::report {

struct Tick {
  double at = 0;
  std::string label;
  bool minor = false;  ///< left out on a narrow screen
};

/// A logarithmic axis. What is below its low end (a wait of nothing) stands at the beginning.
class LogScale {
 public:
  LogScale(double low, double high);
  [[nodiscard]] double at(double value) const;
  [[nodiscard]] bool holds(double value) const { return low_ <= value && value <= high_; }

 private:
  double low_;
  double high_;
  double log_low_;
  double log_span_;
};

/// Waits: from 1 s to `longest` at least.
[[nodiscard]] LogScale wait_scale(Duration longest);
[[nodiscard]] std::vector<Tick> wait_ticks(const LogScale& scale);

/// Slowdowns: from 1 to `largest` at least.
[[nodiscard]] LogScale slowdown_scale(double largest);
[[nodiscard]] std::vector<Tick> slowdown_ticks(const LogScale& scale);

/// Time between two instants, in steps that a calendar has.
[[nodiscard]] std::vector<Tick> time_ticks(Instant from, Instant to);
[[nodiscard]] double place_in(Instant from, Instant to, Instant t);

/// A linear axis from 0 to a round number that is `largest` at least.
[[nodiscard]] double round_above(double largest);

}  // namespace mingyue::report
