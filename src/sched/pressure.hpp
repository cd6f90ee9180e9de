#pragma once

#include <cstdint>

#include "base/time.hpp"

/// How full a partition has been of late, for the choice between short waits and a full machine.
namespace mingyue::sched {

/// calm: there is room to spare, now and then. full: hardly a node was empty for days. overloaded: who comes must
/// expect to wait for longer than a day (sched/queue_gauge.hpp).
enum class Pressure : std::uint8_t { calm, full, overloaded };

/// The mean share of nodes in use over the last days: each instant counts for less the longer it is past (by a factor e
/// every three days). Full from 15/16 on, calm again below 7/8. It begins with nothing in use. Whole numbers
/// throughout; each call is O(1).
class PressureGauge {
 public:
  explicit PressureGauge(Instant now) : since_(now) {}

  /// So many nodes of so many were in use since the last call and until `now`.
  void passed(Instant now, std::int64_t in_use, std::int64_t nodes);

  [[nodiscard]] Pressure pressure() const { return pressure_; }

 private:
  Instant since_;
  std::int64_t mean_ = 0;  ///< in 2^-40
  Pressure pressure_ = Pressure::calm;
};

}  // namespace mingyue::sched
