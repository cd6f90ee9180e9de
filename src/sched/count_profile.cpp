#include "sched/count_profile.hpp"

#include <algorithm>

#include "base/invariant.hpp"

namespace mingyue::sched {
namespace {
constexpr std::size_t block_steps_max = 128;

/// The last of `some` that is not after t, or the first. As std::upper_bound, but without a branch to foretell wrongly:
/// a plan asks millions of times.
template <class T, class Time>
std::size_t last_by(const std::vector<T>& some, Instant t, Time time) {
  const T* first = some.data();
  for (std::size_t n = some.size(); n > 1;) {
    const std::size_t half = n / 2;
    first += time(first[half]) <= t ? half : 0;
    n -= half;
  }
  return static_cast<std::size_t>(first - some.data());
}
}  // namespace

CountProfile::CountProfile(Instant from, std::int32_t free) {
  blocks_.push_back({.steps = {{from, free}}, .all = 0, .least = free, .most = free});
  begins_.push_back(from);
}

void CountProfile::measure(Block& block) const {
  std::int32_t least = block.steps.front().free;
  std::int32_t most = least;
  for (const Step& step : block.steps) {
    least = std::min(least, step.free);
    most = std::max(most, step.free);
  }
  block.least = least + block.all;
  block.most = most + block.all;
}

CountProfile::Place CountProfile::place_of(Instant t) const {
  const std::size_t block = last_by(begins_, t, [](Instant begin) { return begin; });
  return {block, last_by(blocks_[block].steps, t, [](const Step& step) { return step.at; })};
}

CountProfile::Place CountProfile::cut(Instant t) {
  Place place = place_of(t);
  Block& block = blocks_[place.block];
  if (block.steps[place.step].at >= t) return place;  // there already, or t is before the first step
  const std::int32_t free = block.steps[place.step].free;
  block.steps.insert(block.steps.begin() + static_cast<std::ptrdiff_t>(place.step) + 1, Step{t, free});
  ++place.step;
  if (block.steps.size() <= block_steps_max) return place;
  const auto half = static_cast<std::ptrdiff_t>(block.steps.size() / 2);
  Block right{.steps = {block.steps.begin() + half, block.steps.end()}, .all = block.all};
  block.steps.erase(block.steps.begin() + half, block.steps.end());
  measure(block);
  measure(right);
  const auto next = static_cast<std::ptrdiff_t>(place.block) + 1;
  begins_.insert(begins_.begin() + next, right.steps.front().at);
  blocks_.insert(blocks_.begin() + next, std::move(right));
  const auto split = static_cast<std::size_t>(half);
  return place.step < split ? place : Place{place.block + 1, place.step - split};
}

void CountProfile::join(Instant t) {
  const Place place = place_of(t);
  Block& block = blocks_[place.block];
  if (block.steps[place.step].at != t) return;
  if (place.step > 0) {
    if (block.steps[place.step - 1].free != block.steps[place.step].free) return;
  } else {
    if (place.block == 0) return;
    const Block& before = blocks_[place.block - 1];
    if (before.steps.back().free + before.all != block.steps.front().free + block.all) return;
  }
  block.steps.erase(block.steps.begin() + static_cast<std::ptrdiff_t>(place.step));
  if (block.steps.empty()) {
    blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(place.block));
    begins_.erase(begins_.begin() + static_cast<std::ptrdiff_t>(place.block));
  } else {
    begins_[place.block] = block.steps.front().at;
    measure(block);
  }
}

void CountProfile::add(Instant from, Instant to, std::int32_t delta) {
  from = std::max(from, begins_.front());
  if (delta == 0 || from >= to) return;
  if (to != never) cut(to);
  const Place begin = cut(from);
  for (std::size_t b = begin.block; b < blocks_.size(); ++b) {
    Block& block = blocks_[b];
    if (block.steps.front().at >= to) break;
    const std::size_t first = b == begin.block ? begin.step : 0;
    if (first == 0 && block.steps.back().at < to &&
        (b + 1 == blocks_.size() || blocks_[b + 1].steps.front().at <= to)) {
      block.all += delta;
      block.least += delta;
      block.most += delta;
      continue;
    }
    for (std::size_t s = first; s < block.steps.size() && block.steps[s].at < to; ++s) block.steps[s].free += delta;
    measure(block);
  }
  if (to != never) join(to);
  join(from);
}

std::int32_t CountProfile::at(Instant t) const {
  const Place place = place_of(t);
  return blocks_[place.block].steps[place.step].free + blocks_[place.block].all;
}

std::int32_t CountProfile::least(Instant from, Instant to) const {
  INVARIANT(from < to, "an empty interval has no least");
  const Place begin = place_of(from);
  std::int32_t least = at(from);
  for (std::size_t b = begin.block; b < blocks_.size(); ++b) {
    const Block& block = blocks_[b];
    if (block.steps.front().at >= to) break;
    if (block.least >= least) continue;
    for (std::size_t s = b == begin.block ? begin.step : 0; s < block.steps.size() && block.steps[s].at < to; ++s) {
      least = std::min(least, block.steps[s].free + block.all);
    }
  }
  return least;
}

std::int32_t CountProfile::most(Instant from, Instant to) const {
  INVARIANT(from < to, "an empty interval has no most");
  const Place begin = place_of(from);
  std::int32_t most = blocks_[begin.block].steps[begin.step].free + blocks_[begin.block].all;
  for (std::size_t b = begin.block; b < blocks_.size() && begins_[b] < to; ++b) {
    const Block& block = blocks_[b];
    if (block.most <= most) continue;
    for (std::size_t s = b == begin.block ? begin.step : 0; s < block.steps.size() && block.steps[s].at < to; ++s) {
      most = std::max(most, block.steps[s].free + block.all);
    }
  }
  return most;
}

/// From that step on, the first with fewer than `count` free; past the last block if there is none.
CountProfile::Place CountProfile::find_below(Place from, std::int32_t count) const {
  for (; from.block < blocks_.size(); from = {from.block + 1, 0}) {
    const Block& block = blocks_[from.block];
    if (block.least >= count) continue;
    for (const std::int32_t wanted = count - block.all; from.step < block.steps.size(); ++from.step) {
      if (block.steps[from.step].free < wanted) return from;
    }
  }
  return from;
}

/// From that step on, the first with at least `count` free; if that is not before `before`, any place that is not.
CountProfile::Place CountProfile::find_at_least(Place from, std::int32_t count, Instant before) const {
  for (; from.block < blocks_.size() && begins_[from.block] < before; from = {from.block + 1, 0}) {
    const Block& block = blocks_[from.block];
    if (block.most < count) continue;
    for (const std::int32_t wanted = count - block.all; from.step < block.steps.size(); ++from.step) {
      if (block.steps[from.step].free >= wanted) return from;
    }
  }
  return {blocks_.size(), 0};
}

Instant CountProfile::time_of(Place place) const {
  return place.block < blocks_.size() ? blocks_[place.block].steps[place.step].at : never;
}

Instant CountProfile::until_below(Instant from, std::int32_t count) const {
  return std::max(from, time_of(find_below(place_of(from), count)));
}

Instant CountProfile::until_at_least(Instant from, std::int32_t count, Instant before) const {
  return next_run(from, count, before).from;
}

CountProfile::Run CountProfile::next_run(Instant from, std::int32_t count, Instant before) const {
  const Place begin = find_at_least(place_of(from), count, before);
  const Instant at = std::max(from, time_of(begin));
  if (at >= before) return {};
  return {at, time_of(find_below(begin, count))};
}

Instant CountProfile::earliest(Instant from, Duration time, std::int32_t count, Instant before) const {
  Place begin = find_at_least(place_of(from), count, before);
  while (true) {
    const Instant at = std::max(from, time_of(begin));
    if (at >= before) return never;
    const Place end = find_below(begin, count);
    if (const Instant below = time_of(end); below == never || below - at >= time) return at;
    begin = find_at_least(end, count, before);
  }
}

Instant CountProfile::since_at_least(Instant t, std::int32_t count) const {
  Instant since = t;
  const Place place = place_of(t);
  for (std::size_t b = place.block + 1; b-- > 0;) {
    const Block& block = blocks_[b];
    if (b != place.block && block.least >= count) {
      since = block.steps.front().at;
      continue;
    }
    for (std::size_t s = b == place.block ? place.step + 1 : block.steps.size(); s-- > 0;) {
      if (block.steps[s].free + block.all < count) return since;
      since = std::min(since, block.steps[s].at);
    }
  }
  return since;
}

Instant CountProfile::next_step(Instant t) const {
  const Place place = place_of(t);
  const auto& steps = blocks_[place.block].steps;
  if (steps[place.step].at > t) return steps[place.step].at;
  if (place.step + 1 < steps.size()) return steps[place.step + 1].at;
  return place.block + 1 < blocks_.size() ? blocks_[place.block + 1].steps.front().at : never;
}

void CountProfile::advance(Instant now) {
  const Place place = place_of(now);
  if (place.block > 0) {
    blocks_.erase(blocks_.begin(), blocks_.begin() + static_cast<std::ptrdiff_t>(place.block));
    begins_.erase(begins_.begin(), begins_.begin() + static_cast<std::ptrdiff_t>(place.block));
  }
  Block& block = blocks_.front();
  if (place.step > 0) {
    block.steps.erase(block.steps.begin(), block.steps.begin() + static_cast<std::ptrdiff_t>(place.step));
    measure(block);
  }
  if (block.steps.front().at < now) block.steps.front().at = now;
  begins_.front() = block.steps.front().at;
}

std::size_t CountProfile::steps() const {
  std::size_t n = 0;
  for (const Block& block : blocks_) n += block.steps.size();
  return n;
}

}  // namespace mingyue::sched
