#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace mingyue::twin {

/// How the time of one attempt turns into work: it computes for an interval, writes a checkpoint, computes again. A
/// checkpoint counts once it is written; while it is being written nothing is computed; after the last of the work none
/// is written. With an interval of 0 nothing is ever saved.
///
///     compute  |write|  compute  |write|  com              interval 3, write 1, 8 of work: ends at 10
///     0        3     4           7     8      10
///
/// All in whole milliseconds, each of them of one kind:  saved + unsaved + written + slowed = now - start.
class WorkClock {
 public:
  WorkClock() = default;
  WorkClock(Instant start, Duration work, Duration interval, Duration write)
      : now_(start), saved_at_(start), work_(work), interval_(interval), write_(write) {}

  /// Goes on to `t`, which is not before now(). When the work is done, it stops there.
  void advance(Instant t);
  /// From now on an hour's work takes `thousandths`/1000 hours; work is rounded down to a millisecond at each change.
  void slow_down(std::int32_t thousandths) { factor_ = thousandths; }

  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] bool done() const { return saved_ + unsaved_ == work_; }
  [[nodiscard]] Duration saved() const { return saved_; }      ///< work that a checkpoint holds
  [[nodiscard]] Duration unsaved() const { return unsaved_; }  ///< work since
  [[nodiscard]] Duration written() const { return written_; }  ///< time in writing, the present write with it
  [[nodiscard]] Duration slowed() const { return slowed_; }    ///< time that slowness cost
  [[nodiscard]] Instant saved_at() const {
    return saved_at_;
  }  ///< when the last checkpoint was written; else the start
  [[nodiscard]] std::int32_t factor() const { return factor_; }
  [[nodiscard]] Duration interval() const { return interval_; }

  /// When the work will be done, if nothing else happens.
  [[nodiscard]] Instant ends_at() const;
  /// When the next checkpoint will be written; `never` if the work is done before.
  [[nodiscard]] Instant next_save() const;

 private:
  [[nodiscard]] Duration work_in(Duration time) const { return Duration(time.raw() * 1'000 / factor_); }
  [[nodiscard]] Duration time_for(Duration work) const { return Duration((work.raw() * factor_ + 999) / 1'000); }
  void skip_whole_rounds(Instant t);
  void compute(Instant t);
  void write(Instant t);
  void save();

  Instant now_;
  Instant saved_at_;
  Duration work_;
  Duration interval_;
  Duration write_;
  Duration saved_, unsaved_, written_, slowed_;
  Duration computed_;      ///< time since the last checkpoint
  Duration write_so_far_;  ///< of the present write
  bool writing_ = false;
  std::int32_t factor_ = 1'000;
};

}  // namespace mingyue::twin
