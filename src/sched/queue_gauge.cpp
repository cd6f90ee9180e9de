#include "sched/queue_gauge.hpp"

#include <algorithm>

#include "base/units.hpp"

namespace mingyue::sched {
namespace {
constexpr std::int64_t one = std::int64_t{1} << 20;
constexpr Duration memory = days(3);
constexpr Duration long_wait = days(1);
constexpr Duration short_wait = hours(2);
}  // namespace

void QueueGauge::passed(Instant now, std::size_t waiting) {
  const Duration time = std::min(now - since_, memory);
  since_ = now;
  started_ -= static_cast<std::int64_t>(static_cast<Int128>(started_) * time.raw() / memory.raw());
  if (now - from_ < memory) return;
  const Int128 expected = static_cast<Int128>(waiting) * memory.raw() * one / std::max(started_, one);
  overloaded_ = expected >= (overloaded_ ? short_wait : long_wait).raw();
}

void QueueGauge::started(std::size_t jobs) { started_ += static_cast<std::int64_t>(jobs) * one; }

}  // namespace mingyue::sched
