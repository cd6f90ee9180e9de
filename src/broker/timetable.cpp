#include "broker/timetable.hpp"

#include <tuple>

#include "base/units.hpp"

namespace mingyue::broker {
namespace {

/// What is to be as small as can be. To have as many good shots as a perfect device gives in `run` takes
/// run / success.
std::tuple<std::int64_t, std::int64_t> cost(QpuPrefer prefer, const Chance& chance, Instant now) {
  const std::int64_t end = (chance.end - now).raw();
  const std::int64_t success = chance.option.success;
  switch (prefer) {
    case QpuPrefer::fidelity:
      return {-success, end};
    case QpuPrefer::time:
      return {end, -success};
    case QpuPrefer::balanced: {
      const Int128 good = static_cast<Int128>(chance.option.run.raw()) * 1'000'000 / success;
      const Int128 cost = (chance.start - now).raw() + good;
      return {static_cast<std::int64_t>(cost < never.raw() ? cost : never.raw()), -success};
    }
  }
  return {};
}

}  // namespace

std::optional<std::size_t> choose(QpuPrefer prefer, const std::vector<Chance>& chances, Instant now) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < chances.size(); ++i) {
    if (chances[i].start == never) continue;
    if (!best || cost(prefer, chances[i], now) < cost(prefer, chances[*best], now)) best = i;
  }
  return best;
}

}  // namespace mingyue::broker
