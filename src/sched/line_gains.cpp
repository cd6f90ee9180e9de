#include <algorithm>

#include "base/invariant.hpp"
#include "sched/line_nodes.hpp"

/// Promises of LineNodes that could be earlier, and move.
namespace mingyue::sched {
namespace {
std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
}  // namespace

LineNodes::Run LineNodes::next_run(std::int32_t kind, std::int32_t nodes, Instant from) const {
  const CountProfile& whole = kinds_[at(kind)].whole;
  const Instant begin = whole.until_at_least(from, nodes);
  return begin == never ? Run{} : Run{begin, whole.until_below(begin, nodes)};
}

Instant LineNodes::run_began(std::int32_t kind, std::int32_t nodes, Instant t) const {
  return std::max(now_, kinds_[at(kind)].whole.since_at_least(t, nodes));
}

bool LineNodes::fewer_than(std::int32_t kind, std::int32_t nodes, Instant from, Instant to) const {
  return kinds_[at(kind)].whole.until_below(from, nodes) < to;
}

Instant LineNodes::first_closing(std::int32_t kind, const Room& part, Instant from, Instant to) {
  return size_of(kind, part).holes.first_closing(from, to);
}

void LineNodes::move_whole(Promise promise, Instant start) {
  Promised& one = promised_[at(promise)];
  INVARIANT(one.count > 0 && start < one.from, "a promise of whole nodes does not move earlier");
  const Duration wall = one.to - one.from;
  give(one.demand.kind, one.from, one.to, one.count);
  one.from = start;
  one.to = start + wall;
  kinds_[at(one.demand.kind)].whole.add(one.from, one.to, -one.count);
}

bool LineNodes::move_part(Promise& promise, Instant from) {
  const Promised one = promised_[at(promise)];
  const Spot spot = earliest(one.demand, one.to - one.from, from, one.from);
  if (spot.at == never) return false;
  const Promise moved = book(one.job, one.demand, one.to - one.from, spot);
  take_back_one(promise);
  promise = moved;
  return true;
}

Instant LineNodes::could_slide(Promise promise, Instant from) {
  const Promised& one = promised_[at(promise)];
  const Bin& bin = bin_of(one.bin);
  Instant start = one.from;
  spread(bin);
  each_hole(bin, one.demand.part, [&](const Hole& hole) {
    if (hole.from < one.from && one.from <= hole.until) start = std::min(start, std::max(from, hole.from));
  });
  return start;
}

void LineNodes::slide(Promise promise, Instant start) {
  Promised& one = promised_[at(promise)];
  const Duration wall = one.to - one.from;
  forget_holes(one.bin);
  auto& holds = bin_of(one.bin).holds;
  for (BinHold& hold : holds) {
    if (hold.promise != promise) continue;
    hold.from = start;
    hold.to = start + wall;
  }
  std::ranges::stable_sort(holds, {}, &BinHold::from);
  left_from_ = one.from;
  left_to_ = one.to;
  one.from = start;
  one.to = start + wall;
  settle(one.bin);
}

}  // namespace mingyue::sched
