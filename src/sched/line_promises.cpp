#include <algorithm>

#include "base/invariant.hpp"
#include "sched/line_nodes.hpp"

/// What LineNodes promises, and takes back.
namespace mingyue::sched {
namespace {
std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
constexpr int starts_tried_max = 32;
constexpr Duration instant = milliseconds(1);

/// Its whole nodes, and its part, as two demands.
Request divided(const Demand& demand) {
  Demand whole = demand;
  whole.part = Room{};
  return {.parts = {whole, {.kind = demand.kind, .part = demand.part}}};
}
}  // namespace

/// The earliest start of a part in this bin before `before`; `before` if there is none.
Instant LineNodes::earliest_in(const Kind& kind, const Bin& bin, const Demand& demand, Duration wall, Instant from,
                               Instant before) {
  const auto good = [&](Instant t) {
    if (t >= bin.closes || bin.fits_until(t, demand.part) < std::min(t + wall, bin.closes)) return false;
    return t + wall <= bin.closes || kind.whole.least(bin.closes, t + wall) >= 1;
  };
  Instant best = before;
  const Instant first = std::max(from, bin.opens);
  if (first < best && good(first)) best = first;
  for (const BinHold& hold : bin.holds) {
    if (hold.to > first && hold.to < best && good(hold.to)) best = hold.to;
  }
  return best;
}

/// The earliest place in a bin, looked for in one after another.
LineNodes::Spot LineNodes::earliest_in_bins(const Demand& demand, Duration wall, Instant from, Instant before,
                                            std::span<const std::int32_t> avoid) const {
  const Kind& kind = kinds_[at(demand.kind)];
  Spot best{before, -1};
  const auto look = [&](std::int32_t n, const Bin& bin) {
    if (!avoid.empty() && std::ranges::find(avoid, n) != avoid.end()) return;
    const Instant t = earliest_in(kind, bin, demand, wall, from, best.at);
    if (t < best.at) best = {t, n};
  };
  for (const std::int32_t n : kind.nodes) {
    const Node& node = nodes_[at(n)];
    if (!node.bin.holds.empty() && node.available) look(n, node.bin);
  }
  for (std::size_t i = 0; i < opened_.size(); ++i) {
    if (opened_[i].kind == demand.kind) look(static_cast<std::int32_t>(nodes_.size() + i), opened_[i].bin);
  }
  return best.bin >= 0 ? best : Spot{};
}

/// The earliest start not before `from` and before `before`. Bins of `avoid` are not for its part. A part goes into a
/// bin rather than open one.
LineNodes::Spot LineNodes::earliest(const Demand& demand, Duration wall, Instant from, Instant before,
                                    std::span<const std::int32_t> avoid) {
  const CountProfile& whole = kinds_[at(demand.kind)].whole;
  Spot best;
  if (demand.whole == 0) {
    if (!fits(demand.part, kinds_[at(demand.kind)].total)) return {};
    if (many_ && avoid.empty()) {
      const auto found = size_of(demand.kind, demand.part).holes.find(from, wall, before, whole);
      best = {found.at, found.bin};
#ifdef MINGYUE_EXPENSIVE_INVARIANTS
      INVARIANT(best.at == earliest_in_bins(demand, wall, from, before, avoid).at, "the index of holes is wrong");
#endif
    } else {
      best = earliest_in_bins(demand, wall, from, before, avoid);
    }
  }
  const Instant alone = whole.earliest(from, wall, demand.nodes(), std::min(before, best.at));
  return alone == never ? best : Spot{alone, -1};
}

LineNodes::Promise LineNodes::book(JobNumber job, const Demand& demand, Duration wall, const Spot& spot) {
  Promise promise = static_cast<Promise>(promised_.size());
  if (free_promises_.empty()) {
    promised_.emplace_back();
  } else {
    promise = free_promises_.back();
    free_promises_.pop_back();
  }
  Promised& one = promised_[at(promise)];
  one = {.job = job, .demand = demand, .from = spot.at, .to = spot.at + wall, .bin = spot.bin};
  CountProfile& whole = kinds_[at(demand.kind)].whole;
  const BinHold hold{one.from, one.to, demand.part, job, promise};
  if (spot.bin >= 0) {
    const Instant closes = bin_of(spot.bin).closes;
    if (one.to > closes) whole.add(closes, one.to, -1);
    hold_too(spot.bin, hold);
  } else {
    whole.add(one.from, one.to, -demand.nodes());
    if (demand.whole > 0) {
      one.count = demand.nodes();
    } else {
      Bin fresh{.opens = one.from, .total = kinds_[at(demand.kind)].total};
      fresh.hold(hold);
      (void)open(demand.kind, std::move(fresh));
    }
  }
  return promise;
}

LineNodes::Promise LineNodes::promise(JobNumber job, const Demand& demand, Duration wall, Instant from) {
  const Spot spot = earliest(demand, wall, from);
  return spot.at == never ? none : book(job, demand, wall, spot);
}

Instant LineNodes::start_of(Promise promise) const { return promise == none ? never : promised_[at(promise)].from; }

void LineNodes::take_back_one(Promise promise) {
  Promised& one = promised_[at(promise)];
  if (one.count > 0) give(one.demand.kind, one.from, one.to, one.count);
  if (one.bin >= 0) {
    forget_holes(one.bin);
    std::erase_if(bin_of(one.bin).holds, [&](const BinHold& hold) { return hold.promise == promise; });
    left_from_ = one.from;
    left_to_ = one.to;
    settle(one.bin);
  }
  one = {};
  free_promises_.push_back(promise);
}

void LineNodes::take_back(Promise promise) {
  while (promise != none) {
    const Promise next = promised_[at(promise)].next;
    take_back_one(promise);
    promise = next;
  }
}

void LineNodes::take_back_all() {
  promised_.clear();
  free_promises_.clear();
  opened_.clear();
  free_opened_.clear();
  indexed_.clear();
  for (Kind& kind : kinds_) {
    std::vector<Instant> empty_from;
    for (const std::int32_t n : kind.nodes) {
      Bin& bin = nodes_[at(n)].bin;
      std::erase_if(bin.holds, &BinHold::promised);
      bin.closes = now_;
      for (const BinHold& hold : bin.holds) bin.closes = std::max(bin.closes, hold.to);
      if (nodes_[at(n)].available) empty_from.push_back(std::max(now_, bin.closes));
    }
    std::ranges::sort(empty_from);
    kind.whole = CountProfile(now_, 0);
    for (std::size_t i = 0; i < empty_from.size();) {
      std::size_t same = i;
      while (same < empty_from.size() && empty_from[same] == empty_from[i]) ++same;
      count(kind, empty_from[i], never, static_cast<std::int32_t>(same - i));
      i = same;
    }
    kind.singles.clear();
    for (Size& size : kind.sizes) size.holes.clear();
    for (const std::int32_t n : kind.nodes) index_holes(n);
  }
  gains_.clear();
  broken_ = false;
}

void LineNodes::begin(Promise promise, std::vector<std::int32_t>& chosen) {
  for (Promise next = none; promise != none; promise = next) {
    Promised one = promised_[at(promise)];
    next = one.next;
    INVARIANT(one.from == now_, "job {} begins at another time than it was promised", one.job);
    Kind& kind = kinds_[at(one.demand.kind)];
    const std::size_t first = chosen.size();
    kind.empty.take(one.count, chosen);
    for (std::size_t i = first; i < chosen.size(); ++i) {
      chosen[i] = kind.nodes[at(chosen[i])];
      Node& node = nodes_[at(chosen[i])];
      node.bin.opens = now_;
      node.bin.total = node.is.total;
      node.bin.hold(
          {now_, one.to, i < first + at(one.demand.whole) ? one.demand.whole_room : one.demand.part, one.job});
      index_shared(node);
      index_holes(chosen[i]);
    }
    if (one.bin >= 0) {
      const std::int32_t n = name(one.bin);
      for (BinHold& hold : nodes_[at(n)].bin.holds) {
        if (hold.promise == promise) hold.promise = -1;
      }
      index_shared(nodes_[at(n)]);
      chosen.push_back(n);
    }
    promised_[at(promise)] = {};
    free_promises_.push_back(promise);
  }
}

// --- several demands at once ---

LineNodes::Promise LineNodes::book_all(JobNumber job, const Request& request, Duration wall, Instant start) {
  Promise first = none;
  Promise last = none;
  std::vector<std::int32_t> used;
  for (const Demand& demand : request.parts) {
    const Spot spot = earliest(demand, wall, start, start + instant, used);
    if (spot.at == never) {
      take_back(first);
      return none;
    }
    const Promise promise = book(job, demand, wall, spot);
    (last == none ? first : promised_[at(last)].next) = promise;
    last = promise;
    if (request.apart && promised_[at(promise)].bin >= 0) used.push_back(promised_[at(promise)].bin);
  }
  return first;
}

LineNodes::Promise LineNodes::book_alone(JobNumber job, const Request& request, Duration wall, Instant start) {
  Promise first = none;
  Promise last = none;
  for (const Demand& demand : request.parts) {
    const Promise promise = book(job, demand, wall, {start, -1});
    (last == none ? first : promised_[at(last)].next) = promise;
    last = promise;
  }
  return first;
}

LineNodes::Promise LineNodes::promise_now(JobNumber job, const Demand& demand, Duration wall) {
  const CountProfile& whole = kinds_[at(demand.kind)].whole;
  if (whole.until_below(now_, demand.whole) < now_ + wall) return none;
  return book_all(job, divided(demand), wall, now_);
}

Instant LineNodes::count_fits(const Counts& nodes, Duration wall, Instant from) const {
  Instant start = from;
  for (std::size_t same = 0, k = 0; same < nodes.size() && start != never; k = (k + 1) % nodes.size()) {
    const Instant next = kinds_[at(nodes[k].first)].whole.earliest(start, wall, nodes[k].second);
    same = next == start ? same + 1 : 1;
    start = next;
  }
  return start;
}

/// The next instant at which room may come free that such a request could use.
Instant LineNodes::next_change(const Request& request, Instant after) const {
  Instant next = never;
  const auto look = [&](const Bin& bin) {
    for (const BinHold& hold : bin.holds) {
      if (hold.to > after) next = std::min(next, hold.to);
    }
  };
  for (std::size_t k = 0; k < kinds_.size(); ++k) {
    const auto asks = [&](const Demand& demand) { return at(demand.kind) == k; };
    if (std::ranges::none_of(request.parts, asks)) continue;
    next = std::min(next, kinds_[k].whole.next_step(after));
    for (const std::int32_t n : kinds_[k].nodes) look(nodes_[at(n)].bin);
    for (const Opened& opened : opened_) {
      if (at(opened.kind) == k) look(opened.bin);
    }
  }
  return next;
}

LineNodes::Promise LineNodes::promise(JobNumber job, const Request& asked, Duration wall, Instant from) {
  Request request{.apart = asked.apart};
  for (const Demand& demand : asked.parts) {
    if (!many_ || demand.whole == 0 || !demand.has_part()) {
      request.parts.push_back(demand);
    } else {
      for (Demand& one : divided(demand).parts) request.parts.push_back(one);
    }
  }
  // How many nodes of each kind it needs for its whole ones, and for all if every part has its own.
  Counts least;
  Counts own;
  const auto add = [](Counts& counts, std::int32_t kind, std::int32_t nodes) {
    const auto same = std::ranges::find_if(counts, [&](const auto& one) { return one.first == kind; });
    if (same == counts.end()) {
      counts.emplace_back(kind, nodes);
    } else {
      same->second += nodes;
    }
  };
  bool parts = false;
  for (const Demand& demand : request.parts) {
    parts = parts || demand.whole == 0;
    add(least, demand.kind, demand.whole > 0 ? demand.nodes() : 0);
    add(own, demand.kind, demand.nodes());
  }
  const Instant alone = count_fits(own, wall, from);
  if (!parts) return alone == never ? none : book_alone(job, request, wall, alone);
  Instant start = from;
  for (int tries = 0; tries < starts_tried_max; ++tries) {
    // Where each of them fits by itself, and the whole nodes fit together.
    for (Instant was = Instant{-1}; start < alone && start != was;) {
      was = start;
      start = count_fits(least, wall, start);
      for (const Demand& demand : request.parts) {
        if (start < alone) start = earliest(demand, wall, start).at;
      }
    }
    if (start >= alone) break;
    const Promise all = book_all(job, request, wall, start);
    if (all != none) return all;
    start = next_change(request, start);
  }
  if (alone != never) return book_alone(job, request, wall, alone);
  // There are fewer nodes than parts: they fit on what there is once everything else has ended, or never.
  Instant last = from;
  for (const Kind& kind : kinds_) last = std::max(last, kind.whole.last_step());
  return book_all(job, request, wall, last);
}

}  // namespace mingyue::sched
