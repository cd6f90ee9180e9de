#include <algorithm>

#include "base/invariant.hpp"
#include "sched/line_nodes.hpp"

/// Promises of LineNodes that could be earlier, and move.
namespace mingyue::sched {
namespace {
std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
}  // namespace

LineNodes::Run LineNodes::next_run(std::int32_t kind, std::int32_t nodes, Instant from, Instant before) const {
  return kinds_[at(kind)].whole.next_run(from, nodes, before);
}

std::int32_t LineNodes::most(std::int32_t kind, Instant from, Instant to) const {
  return kinds_[at(kind)].whole.most(from, to);
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

std::vector<JobNumber> LineNodes::alone_in_bins(std::int32_t k, Instant from, Instant to) const {
  constexpr std::size_t some = 8;
  std::vector<JobNumber> jobs;
  const auto& singles = kinds_[at(k)].singles;
  for (auto it = singles.upper_bound({from, INT32_MAX}); it != singles.end() && it->first <= to; ++it) {
    if (jobs.size() == some) break;
    jobs.push_back(opened_[at(it->second) - nodes_.size()].bin.holds.front().job);
  }
  return jobs;
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
  lift(promise);
  const Spot spot = earliest(one.demand, one.to - one.from, from, one.from);
  if (spot.at == never) {
    put_back(promise);
    return false;
  }
  const Promise moved = book(one.job, one.demand, one.to - one.from, spot);
  drop(promise);
  promise = moved;
  return true;
}

// A part that is alone in its bin is taken out with it. One that shares a bin leaves nothing there in its place, which
// keeps the bin as it is, so that it can come back.
void LineNodes::lift(Promise promise) {
  for (; promise != none; promise = promised_[at(promise)].next) {
    Promised& one = promised_[at(promise)];
    if (one.count > 0) give(one.demand.kind, one.from, one.to, one.count);
    if (one.bin < 0) continue;
    Bin& bin = bin_of(one.bin);
    forget_holes(one.bin);
    one.alone = !is_node(one.bin) && bin.holds.size() == 1;
    if (one.alone) {
      bin.holds.clear();
      settle(one.bin);
      continue;
    }
    for (BinHold& hold : bin.holds) {
      if (hold.promise == promise) hold.room = Room{};
    }
    index_holes(one.bin);
  }
}

void LineNodes::put_back(Promise promise) {
  for (; promise != none; promise = promised_[at(promise)].next) {
    Promised& one = promised_[at(promise)];
    CountProfile& whole = kinds_[at(one.demand.kind)].whole;
    if (one.count > 0) whole.add(one.from, one.to, -one.count);
    if (one.alone) {
      whole.add(one.from, one.to, -1);
      Bin bin{.opens = one.from, .total = kinds_[at(one.demand.kind)].total};
      bin.hold({one.from, one.to, one.demand.part, one.job, promise});
      one.alone = false;
      (void)open(one.demand.kind, std::move(bin));
    } else if (one.bin >= 0) {
      forget_holes(one.bin);
      for (BinHold& hold : bin_of(one.bin).holds) {
        if (hold.promise == promise) hold.room = one.demand.part;
      }
      index_holes(one.bin);
    }
  }
}

void LineNodes::drop(Promise promise) {
  for (Promise one = promise; one != none; one = promised_[at(one)].next) {
    promised_[at(one)].count = 0;
    if (promised_[at(one)].alone) promised_[at(one)].bin = -1;
  }
  take_back(promise);
}

}  // namespace mingyue::sched
