#include "twin/work_clock.hpp"

#include <algorithm>

namespace mingyue::twin {

void WorkClock::advance(Instant t) {
  while (now_ < t && !done()) {
    if (writing_) {
      write(t);
    } else {
      skip_whole_rounds(t);
      compute(t);
    }
  }
}

/// Rounds that end by `t` and leave work to be done, all at once.
void WorkClock::skip_whole_rounds(Instant t) {
  if (interval_ <= Duration{0} || computed_ > Duration{0}) return;
  const Duration round = interval_ + write_;
  const Duration work = work_in(interval_);
  const std::int64_t by_time = (t - now_).raw() / round.raw();
  const std::int64_t by_work = ((work_ - saved_).raw() - 1) / work.raw();
  const std::int64_t rounds = std::min(by_time, by_work);
  if (rounds <= 0) return;
  saved_ += work * rounds;
  written_ += write_ * rounds;
  slowed_ += (interval_ - work) * rounds;
  now_ = now_ + round * rounds;
  saved_at_ = now_;
}

void WorkClock::compute(Instant t) {
  const Duration left = work_ - saved_ - unsaved_;
  const Duration time_left = time_for(left);
  Duration step = std::min(t - now_, time_left);
  if (interval_ > Duration{0}) step = std::min(step, interval_ - computed_);
  const Duration work = step == time_left ? left : work_in(step);
  unsaved_ += work;
  slowed_ += step - work;
  computed_ += step;
  now_ = now_ + step;
  if (interval_ <= Duration{0} || computed_ < interval_ || done()) return;
  writing_ = true;
  if (write_ == Duration{0}) save();
}

void WorkClock::write(Instant t) {
  const Duration step = std::min(t - now_, write_ - write_so_far_);
  write_so_far_ += step;
  written_ += step;
  now_ = now_ + step;
  if (write_so_far_ == write_) save();
}

void WorkClock::save() {
  saved_ += unsaved_;
  saved_at_ = now_;
  unsaved_ = computed_ = write_so_far_ = Duration{0};
  writing_ = false;
}

Instant WorkClock::ends_at() const {
  WorkClock ahead = *this;
  ahead.advance(never);
  return ahead.now_;
}

Instant WorkClock::next_save() const {
  if (interval_ <= Duration{0}) return never;
  const Instant at = writing_ ? now_ + (write_ - write_so_far_) : now_ + (interval_ - computed_) + write_;
  return at <= ends_at() ? at : never;
}

}  // namespace mingyue::twin
