#include "sched/timeline.hpp"

#include <algorithm>

namespace mingyue::sched {

/// The step that holds at `t`; before the beginning, the first.
std::size_t Timeline::index_at(Instant t) const {
  const auto after =
      std::upper_bound(steps_.begin(), steps_.end(), t, [](Instant a, const Step& s) { return a < s.at; });
  return after == steps_.begin() ? 0 : static_cast<std::size_t>(after - steps_.begin()) - 1;
}

/// Makes a step begin at `t` and returns its index.
std::size_t Timeline::split(Instant t) {
  const std::size_t i = index_at(t);
  if (steps_[i].at >= t) return i;
  steps_.insert(steps_.begin() + static_cast<std::ptrdiff_t>(i) + 1, Step{t, steps_[i].free});
  return i + 1;
}

void Timeline::change(Instant from, Instant to, const Room& difference) {
  from = std::max(from, steps_.front().at);
  if (to <= from) return;
  const std::size_t first = split(from);
  const std::size_t last = to >= never ? steps_.size() : split(to);
  for (std::size_t i = first; i < last; ++i) steps_[i].free += difference;
  // Only the two borders can have become superfluous: inside, every step moved by the same difference.
  const auto drop_if_same = [this](std::size_t i) {
    if (i > 0 && i < steps_.size() && steps_[i].free == steps_[i - 1].free)
      steps_.erase(steps_.begin() + static_cast<std::ptrdiff_t>(i));
  };
  drop_if_same(last);
  drop_if_same(first);
}

Room Timeline::least(Instant from, Instant to) const {
  std::size_t i = index_at(from);
  Room room = steps_[i].free;
  for (++i; i < steps_.size() && steps_[i].at < to; ++i) room = sched::least(room, steps_[i].free);
  return room;
}

Instant Timeline::earliest(Instant from, Duration wall, const Room& need, Instant limit) const {
  Instant start = std::max(from, steps_.front().at);
  for (std::size_t i = index_at(start); i < steps_.size() && start <= limit; ++i) {
    if (steps_[i].at >= start + wall) return start;
    if (!fits(need, steps_[i].free)) start = i + 1 < steps_.size() ? steps_[i + 1].at : never;
  }
  return start <= limit ? start : never;
}

Timeline::Window Timeline::window(Instant from, Duration wall, const Room& need, std::int32_t most) const {
  const Instant end = from + wall;
  Window result{most, never};
  std::size_t i = index_at(from);
  do {
    const std::int32_t here = times(need, steps_[i].free, most);
    ++i;
    // The narrowest step decides, and of several equally narrow ones the last: only a start behind it can do better.
    if (here > result.tasks || here == most) continue;
    result.tasks = here;
    result.until = i < steps_.size() ? steps_[i].at : never;
  } while (i < steps_.size() && steps_[i].at < end);
  // A later start meets what lies behind the window: the next narrower step makes it worse.
  for (; i < steps_.size() && steps_[i].at - wall < result.until; ++i) {
    if (times(need, steps_[i].free, most) >= result.tasks) continue;
    result.until = steps_[i].at - wall + milliseconds(1);
    break;
  }
  return result;
}

Instant Timeline::next_gain(Instant from) const {
  for (std::size_t i = index_at(from) + 1; i < steps_.size(); ++i)
    if (!fits(steps_[i].free, steps_[i - 1].free)) return steps_[i].at;
  return never;
}

Instant Timeline::free_since(Instant t, const Room& need) const {
  Instant since = t;
  for (std::size_t i = index_at(t) + 1; i > 0 && fits(need, steps_[i - 1].free); --i)
    since = std::min(since, steps_[i - 1].at);
  return since;
}

}  // namespace mingyue::sched
