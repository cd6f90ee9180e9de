#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.hpp"

/// How long who comes to a partition now must expect to wait, for the choice of what counts while nobody can be served
/// soon.
namespace mingyue::sched {

/// By Little's law: as many as wait, over how many start in a time of late (each start counts for less the longer it is
/// past, by a factor e every three days). Overloaded from an expected wait of a day on, and until it is below two
/// hours: an overload ends when its line has gone. Nothing is said in the first three days, when too few starts are
/// known. Whole numbers throughout; each call is O(1).
class QueueGauge {
 public:
  explicit QueueGauge(Instant now) : from_(now), since_(now) {}

  /// It is `now`, and so many wait.
  void passed(Instant now, std::size_t waiting);
  void started(std::size_t jobs);

  [[nodiscard]] bool overloaded() const { return overloaded_; }

 private:
  Instant from_;
  Instant since_;
  std::int64_t started_ = 0;  ///< in 2^-20 jobs
  bool overloaded_ = false;
};

}  // namespace mingyue::sched
