#pragma once

#include <vector>

#include "broker/wish.hpp"

namespace mingyue::broker {

using model::QpuReading;
using model::QpuSpent;
using model::QpuUse;

/// Measures one device. Time is cut where what it is spent on changes, by one clock, so nothing is counted twice and
/// nothing is left out however short the batches are: one that begins and ends in the same millisecond takes none, the
/// next one takes two, and a thousand of them sum to what they took.
class Meter {
 public:
  explicit Meter(Instant from) : from_(from), since_(from) {}

  /// What the device does from `now` on. `now` before the last call counts as that.
  void turn(QpuSpent spent, model::AttemptId of, Instant now);
  /// A batch of this attempt has ended.
  void batch(model::AttemptId of);
  /// All since the last reading.
  [[nodiscard]] QpuReading take(Instant now);
  [[nodiscard]] Instant read_to() const { return from_; }

 private:
  QpuUse& use(QpuSpent spent, model::AttemptId of);

  Instant from_;
  Instant since_;
  QpuSpent spent_ = QpuSpent::unwanted;
  model::AttemptId of_;
  std::vector<QpuUse> uses_;
};

}  // namespace mingyue::broker
