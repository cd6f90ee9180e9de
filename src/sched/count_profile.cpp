#include "sched/count_profile.hpp"

#include <algorithm>

#include "base/invariant.hpp"

namespace mingyue::sched {
namespace {
constexpr std::size_t block_steps_max = 128;
}

CountProfile::CountProfile(Instant from, std::int32_t free) {
  blocks_.push_back({.steps = {{from, free}}, .all = 0, .least = free, .most = free});
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
  const auto block = std::upper_bound(blocks_.begin(), blocks_.end(), t,
                                      [](Instant at, const Block& b) { return at < b.steps.front().at; });
  if (block == blocks_.begin()) return {};
  const auto in = std::prev(block);
  const auto step =
      std::upper_bound(in->steps.begin(), in->steps.end(), t, [](Instant at, const Step& s) { return at < s.at; });
  return {static_cast<std::size_t>(in - blocks_.begin()), static_cast<std::size_t>(step - in->steps.begin()) - 1};
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
  blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(place.block) + 1, std::move(right));
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
  } else {
    measure(block);
  }
}

void CountProfile::add(Instant from, Instant to, std::int32_t delta) {
  from = std::max(from, blocks_.front().steps.front().at);
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

template <class Wanted, class MayHold>
Instant CountProfile::find(Instant from, Wanted wanted, MayHold may_hold) const {
  const Place begin = place_of(from);
  for (std::size_t b = begin.block; b < blocks_.size(); ++b) {
    const Block& block = blocks_[b];
    if (!may_hold(block)) continue;
    for (std::size_t s = b == begin.block ? begin.step : 0; s < block.steps.size(); ++s) {
      if (wanted(block.steps[s].free + block.all)) return std::max(from, block.steps[s].at);
    }
  }
  return never;
}

Instant CountProfile::until_below(Instant from, std::int32_t count) const {
  return find(
      from, [&](std::int32_t free) { return free < count; }, [&](const Block& b) { return b.least < count; });
}

Instant CountProfile::until_at_least(Instant from, std::int32_t count) const {
  return find(
      from, [&](std::int32_t free) { return free >= count; }, [&](const Block& b) { return b.most >= count; });
}

Instant CountProfile::earliest(Instant from, Duration time, std::int32_t count, Instant before) const {
  Instant t = until_at_least(from, count);
  while (t < before) {
    const Instant below = until_below(t, count);
    if (below == never || below - t >= time) return t;
    t = until_at_least(below, count);
  }
  return never;
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
  if (place.block > 0) blocks_.erase(blocks_.begin(), blocks_.begin() + static_cast<std::ptrdiff_t>(place.block));
  Block& block = blocks_.front();
  if (place.step > 0) {
    block.steps.erase(block.steps.begin(), block.steps.begin() + static_cast<std::ptrdiff_t>(place.step));
    measure(block);
  }
  if (block.steps.front().at < now) block.steps.front().at = now;
}

std::size_t CountProfile::steps() const {
  std::size_t n = 0;
  for (const Block& block : blocks_) n += block.steps.size();
  return n;
}

}  // namespace mingyue::sched
