#include "sched/overdue.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace mingyue::sched {

Instant assumed_end(Instant ends_by, Instant now) {
  if (ends_by > now) return ends_by;
  constexpr std::uint64_t step_most = 1'024;
  const auto late = static_cast<std::uint64_t>((now - ends_by).raw() / 1'000);
  // Between two powers of two a step is the lower one, so that the next instant is the higher.
  const std::uint64_t step = std::clamp<std::uint64_t>(std::bit_floor(late), 1, step_most);
  return ends_by + seconds(static_cast<std::int64_t>((late / step + 1) * step));
}

}  // namespace mingyue::sched
