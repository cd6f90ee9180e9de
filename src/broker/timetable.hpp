#pragma once

#include <optional>
#include <vector>

#include "broker/wish.hpp"

namespace mingyue::broker {

/// When a device can take work: what is left of now, and what comes after its next outage.
///
/// Only the next outage is looked at: work that does not fit before it begins after it.
class Timetable {
 public:
  /// Free from `free`; from `closes` to `opens` out of service (`never`, `never`: not foreseen; `opens` `never`: nobody
  /// knows for how long).
  Timetable(Instant free, Instant closes, Instant opens) : before_(free), closes_(closes), after_(opens) {}

  /// The earliest start of work that takes so long; `never` where nobody knows.
  [[nodiscard]] Instant earliest(Duration run) const {
    if (before_ < closes_ && before_ + run <= closes_) return before_;
    return after_;
  }
  void take(Duration run) {
    if (before_ < closes_ && before_ + run <= closes_)
      before_ = before_ + run;
    else if (after_ < never)
      after_ = after_ + run;
  }
  [[nodiscard]] bool free_at(Instant now) const { return before_ <= now && now < closes_; }

 private:
  Instant before_;
  Instant closes_;
  Instant after_;
};

/// One device as the choice sees it.
struct Chance {
  Option option;
  Instant start;  ///< `never`: nobody knows when
  Instant end;    ///< expected
};

/// The option that is preferred, by number in `chances`; nothing where none has a start. Ties go to the lower device.
[[nodiscard]] std::optional<std::size_t> choose(QpuPrefer prefer, const std::vector<Chance>& chances, Instant now);

}  // namespace mingyue::broker
