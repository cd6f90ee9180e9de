#pragma once

#include <vector>

#include "broker/wish.hpp"

namespace mingyue::broker {

/// What a device's time was spent on. Each millisecond is in exactly one.
enum class Spent : std::uint8_t {
  run = 1,          ///< a batch ran
  session = 2,      ///< held by a session in which no batch ran
  stranded = 3,     ///< idle, though somebody waited who might have used it: the rest of the time before an outage was
                    ///< too short, or another device was the better one
  unwanted = 4,     ///< idle, and nobody waited
  calibration = 5,  ///< out of service from here on
  maintenance = 6,
  down = 7,
  drained = 8,
};
DESCRIBE_ENUM(Spent, run, session, stranded, unwanted, calibration, maintenance, down, drained)

/// Whose time it was; job 0: nobody's.
struct Use {
  Spent spent = Spent::unwanted;
  model::AttemptId of;
  Duration time;
  std::int64_t batches = 0;  ///< that ended in this time
  friend bool operator==(const Use&, const Use&) = default;
};

/// How a device's time from `from` to `to` divides. The uses sum to it, to the millisecond.
struct Reading {
  Instant from;
  Instant to;
  std::vector<Use> uses;  ///< by class and attempt, ascending; none without time or batches
  friend bool operator==(const Reading&, const Reading&) = default;
};

/// Measures one device. Time is cut where what it is spent on changes, by one clock, so nothing is counted twice and
/// nothing is left out however short the batches are: one that begins and ends in the same millisecond takes none, the
/// next one takes two, and a thousand of them sum to what they took.
class Meter {
 public:
  explicit Meter(Instant from) : from_(from), since_(from) {}

  /// What the device does from `now` on. `now` before the last call counts as that.
  void turn(Spent spent, model::AttemptId of, Instant now);
  /// A batch of this attempt has ended.
  void batch(model::AttemptId of);
  /// All since the last reading.
  [[nodiscard]] Reading take(Instant now);
  [[nodiscard]] Instant read_to() const { return from_; }

 private:
  Use& use(Spent spent, model::AttemptId of);

  Instant from_;
  Instant since_;
  Spent spent_ = Spent::unwanted;
  model::AttemptId of_;
  std::vector<Use> uses_;
};

}  // namespace mingyue::broker
