#include "sched/pressure.hpp"

#include <algorithm>

#include "base/units.hpp"

namespace mingyue::sched {
namespace {
constexpr std::int64_t whole = std::int64_t{1} << 40;
constexpr Duration memory = days(3);
}  // namespace

void PressureGauge::passed(Instant now, std::int64_t in_use, std::int64_t nodes) {
  const Duration time = std::min(now - since_, memory);
  since_ = now;
  if (time <= Duration{0} || nodes <= 0) return;
  const Int128 share = static_cast<Int128>(in_use) * whole / nodes;
  mean_ += static_cast<std::int64_t>((share - mean_) * time.raw() / memory.raw());
  pressure_ =
      mean_ >= (pressure_ == Pressure::calm ? whole / 16 * 15 : whole / 8 * 7) ? Pressure::full : Pressure::calm;
}

}  // namespace mingyue::sched
