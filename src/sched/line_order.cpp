#include "sched/line_order.hpp"

#include <algorithm>

#include "base/units.hpp"

namespace mingyue::sched {
namespace {

/// size^(1/5) in 1/1024, rounded down: the largest x with x^5 ≤ size × 1024^5.
std::int64_t fifth_root(std::int64_t size) {
  const Int128 wanted = static_cast<Int128>(size) << 50;
  std::int64_t low = 1024;
  std::int64_t high = 1024 * 32;  // 32^5 = 33 million
  while (low < high) {
    const std::int64_t middle = (low + high + 1) / 2;
    const Int128 square = static_cast<Int128>(middle) * middle;
    if (square * square * middle <= wanted)
      low = middle;
    else
      high = middle - 1;
  }
  return low;
}

}  // namespace

std::int64_t aged_shortest_key(Instant submitted, Duration wall, std::int64_t size, Duration most) {
  const Int128 back = static_cast<Int128>(wall.raw()) * 2 * fifth_root(std::max<std::int64_t>(1, size)) / 1024;
  return submitted.raw() + static_cast<std::int64_t>(std::min<Int128>(back, most.raw()));
}

}  // namespace mingyue::sched
